/** The contract, openapi.yaml, read once: as it is handed out, and parsed. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";

export const contractText = readFileSync(new URL("../openapi.yaml", import.meta.url), "utf8");
export const contract: unknown = parse(contractText);
