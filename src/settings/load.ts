/** Loads the settings, and reports all problems together. */
import { z } from "zod";
import { StartupError } from "../model/startup-error.ts";
import { checkTogether } from "./contradictions.ts";
import { KEYS, type ParsedSettings, type Settings } from "./keys.ts";
import { DEFAULT_FILE, type Draft, type Place, type Problem, readSources } from "./sources.ts";
import { explainUnknown } from "./unknown.ts";

const textOf = ({ place, setting, text }: Problem): string =>
  [place, setting, text].filter((part) => part !== undefined).join(": ");

/** All problems of the settings, each with the line or variable to correct. */
export class SettingsError extends StartupError {
  constructor(problems: readonly Problem[]) {
    super(`the settings can't be used:\n${problems.map((problem) => `  ${textOf(problem)}`).join("\n")}`);
    this.name = "SettingsError";
  }
}

/** Result of reading the settings. */
export interface ReadSettings {
  /** Undefined if there are problems. */
  readonly settings: Settings | undefined;
  readonly problems: readonly Problem[];
  /** Returns the line or the variable of a setting; the file of one that is not set. */
  readonly placeOf: (setting: string) => Place;
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

/** Words of YAML for the types of values. */
const TYPES: Readonly<Record<string, string>> = { string: "text", array: "a list", boolean: "true or false" };

/** Explains a value that has the wrong type. The types of values have texts of their own for everything else. */
function explain(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "invalid_type") return `must be ${TYPES[issue.expected] ?? issue.expected}`;
  if (issue.code === "invalid_value") return `must be ${issue.values.map(String).join(" or ")}`;
  return issue.code === "too_small" ? "must not be empty" : undefined;
}

/** Places of the settings that are set, by the settings in effect. */
const places = new WeakMap<Settings, ReadonlyMap<string, Place>>();

/** Returns the line or the variable of each setting that is set. */
export const placesOf = (settings: Settings): ReadonlyMap<string, Place> => places.get(settings) ?? new Map();

/** Reads the settings from `file` (or the default one, or a draft) and the environment, which takes precedence. */
export function readSettings(file: string | Draft | undefined, environment: NodeJS.ProcessEnv): ReadSettings {
  const { values, problems } = readSources(file, environment);
  const isFileRead = problems.length === 0;
  const path = typeof file === "object" ? file.path : file;
  const placeOf = (setting: string): Place => values.get(setting)?.place ?? path ?? DEFAULT_FILE;
  const report = (setting: string, text: string) =>
    void problems.push({ place: placeOf(setting), setting, text });
  for (const key of values.keys()) if (!(key in KEYS)) report(key, explainUnknown(key));
  const given = Object.fromEntries(
    [...values].filter(([key]) => key in KEYS).map(([key, { value }]) => [key, value]),
  );
  const parsed = z.object(KEYS).safeParse(given, { error: explain });
  for (const { path, message } of parsed.error?.issues ?? []) {
    const key = String(path[0]);
    if (values.has(key)) report(key, message);
    else if (isFileRead) report(key, "is missing");
  }
  if (parsed.success) checkTogether(parsed.data, report);
  const settings = parsed.success && problems.length === 0 ? freeze(parsed.data) : undefined;
  if (settings !== undefined)
    places.set(settings, new Map([...values].map(([key, { place }]) => [key, place])));
  return { settings, problems, placeOf };
}

/**
 * Loads the settings from `file` (or the default one) and the environment, which takes precedence.
 * @throws SettingsError with all problems
 */
export function loadSettings(file: string | undefined, environment: NodeJS.ProcessEnv): Settings {
  const { settings, problems } = readSettings(file, environment);
  if (settings === undefined) throw new SettingsError(problems);
  return settings;
}
