/** Loads the settings, and reports all problems together. */
import { z } from "zod";
import { checkTogether } from "./contradictions.ts";
import { KEYS, type ParsedSettings, type Settings } from "./keys.ts";
import { DEFAULT_FILE, readSources } from "./sources.ts";
import { explainUnknown } from "./unknown.ts";

/** All problems of the settings, each with the line or variable to correct. */
export class SettingsError extends Error {
  constructor(problems: readonly string[]) {
    super(`the settings can't be used:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.name = "SettingsError";
  }
}

function freeze(raw: ParsedSettings): Settings {
  return Object.freeze({
    ...raw,
    client_endpoint: raw.client_endpoint ?? raw.pulp_endpoint,
    pulp_client_ssl_ca: raw.pulp_client_ssl_ca ?? raw.foreman_ssl_ca,
    pulp_client_ssl_cert: raw.pulp_client_ssl_cert ?? raw.foreman_ssl_cert,
    pulp_client_ssl_key: raw.pulp_client_ssl_key ?? raw.foreman_ssl_key,
  });
}

/**
 * Loads the settings from `file` (or the default one) and the environment, which takes precedence.
 * @throws SettingsError with all problems
 */
export function loadSettings(file: string | undefined, environment: NodeJS.ProcessEnv): Settings {
  const { values, problems } = readSources(file, environment);
  const placeOf = (key: string): string => values.get(key)?.place ?? file ?? DEFAULT_FILE;
  for (const key of values.keys()) {
    if (!(key in KEYS)) problems.push(`${placeOf(key)}: ${key}: ${explainUnknown(key)}`);
  }
  const given = Object.fromEntries(
    [...values].filter(([key]) => key in KEYS).map(([key, { value }]) => [key, value]),
  );
  const parsed = z.object(KEYS).safeParse(given);
  for (const { path, message } of parsed.error?.issues ?? []) {
    const key = String(path[0]);
    problems.push(`${placeOf(key)}: ${key}: ${values.has(key) ? message : "is missing"}`);
  }
  if (parsed.success)
    checkTogether(parsed.data, (key, message) => problems.push(`${placeOf(key)}: ${key}: ${message}`));
  if (!parsed.success || problems.length > 0) throw new SettingsError(problems);
  return freeze(parsed.data);
}
