/** schemathesis: generates requests from the contract, and validates each reply against it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { run } from "../clients/command.ts";
import { installPython } from "../clients/python.ts";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const REQUIREMENTS = here("requirements.txt");

/** Installs the versions of requirements.txt, unless they are installed. */
export const installSchemathesis = async (): Promise<string> =>
  join(await installPython("schemathesis", REQUIREMENTS), "schemathesis");

/**
 * The contract for schemathesis, which treats every security scheme as a header, unlike a certificate.
 * @param schemes the schemes to keep
 */
export function writeContract(file: string, schemes: readonly string[]): string {
  const isKnown = (one: object) => Object.keys(one).every((name) => schemes.includes(name));
  const text = JSON.stringify(parse(readFileSync(here("../../openapi.yaml"), "utf8")), (key, value) => {
    if (key !== "security" || !Array.isArray(value)) return value;
    const known = value.filter(isKnown);
    return known.length > 0 ? known : [{}];
  });
  writeFileSync(file, text);
  return file;
}

/** The caller, and the number of requests. */
export interface Fuzz {
  readonly program: string;
  /** The file with the contract. */
  readonly contract: string;
  readonly url: string;
  /** Generated requests for each operation, at most. */
  readonly examples: number;
  /** Further arguments: credentials. */
  readonly as: readonly string[];
  readonly seconds: number;
  /** File with the exceptions. */
  readonly config?: "schemathesis.toml" | "administration.toml";
}

/** The result of a run. */
export interface Found {
  readonly requests: number;
  /** Empty if every reply was valid. */
  readonly failures: string;
}

/** Runs it to its end. */
export async function fuzz({
  program,
  contract,
  url,
  examples,
  as,
  seconds,
  config = "schemathesis.toml",
}: Fuzz): Promise<Found> {
  const args = [
    ...["--config-file", here(config), "run", contract, "--url", url],
    ...["--phases", "examples,coverage,fuzzing", "--max-examples", String(examples)],
    ...["--continue-on-failure", "--no-color", "--workers", "1", ...as],
  ];
  // Python imports the hooks as a module.
  const env = { SCHEMATHESIS_HOOKS: "checks", PYTHONPATH: here("."), PYTHONDONTWRITEBYTECODE: "1" };
  const { code, said } = await run(program, args, { env, seconds });
  const [, requests = "0"] = /(\d+) generated/.exec(said) ?? [];
  return { requests: Number(requests), failures: code === 0 ? "" : said.slice(-20_000) };
}
