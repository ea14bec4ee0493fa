/** The contract, openapi.yaml, read once: as it is handed out, and parsed. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** As it is handed out: YAML. */
export const contractText = readFileSync(new URL("../../openapi.yaml", import.meta.url), "utf8");
/** The same, parsed. */
export const contract: unknown = parse(contractText);
