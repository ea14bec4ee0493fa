/** Reads settings from a YAML file and the environment, with the line or variable of each. */
import { readFileSync } from "node:fs";
import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { errorCode, errorText } from "../model/error-text.ts";

/** Place of a setting: `file:line`, or the name of a variable. */
export type Place = string;

/** A setting, or a file, that can't be used. */
export interface Problem {
  readonly place: Place;
  /** Undefined for a problem of the whole file. */
  readonly setting?: string;
  readonly text: string;
}

/** Unparsed settings and problems. */
export interface Sources {
  readonly values: Map<string, { readonly value: unknown; readonly place: Place }>;
  readonly problems: Problem[];
}

/** A settings file that has not been written yet. */
export interface Draft {
  readonly path: string;
  readonly text: string;
}

/** Default settings file, which may be missing. */
export const DEFAULT_FILE = "/etc/container-gateway/settings.yml";

const PREFIX = "CONTAINER_GATEWAY_";

/** Converts a Ruby symbol: `:key: :value` is the same as `key: value`. */
const withoutColon = (value: unknown): unknown =>
  typeof value === "string" && /^:[A-Za-z]\w*$/.test(value) ? value.slice(1) : value;

function readFile(path: string, optional: boolean, sources: Sources): void {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    // An unreadable default file is an error: ignoring it would ignore its settings.
    if (!optional || errorCode(error) !== "ENOENT")
      sources.problems.push({ place: path, text: `can't be read: ${errorText(error)}` });
    return;
  }
  parse({ path, text }, sources);
}

function parse({ path, text }: Draft, { values, problems }: Sources): void {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  // The lines after the first one show the text of the file, which may contain a password.
  for (const { message } of document.errors)
    problems.push({ place: path, text: (message.split("\n")[0] ?? "").replace(/:$/, "") });
  if (document.errors.length > 0 || document.contents === null) return;
  if (!isMap(document.contents)) {
    problems.push({ place: path, text: 'must be a list of settings, one "key: value" a line' });
    return;
  }
  for (const { key, value } of document.contents.items) {
    if (!isScalar(key)) continue;
    const name = String(key.value).replace(/^:/, "");
    const place = `${path}:${lines.linePos(key.range?.[0] ?? 0).line}`;
    const plain: unknown = document.createNode(value).toJS(document);
    // "key:" without a value means that the setting is absent.
    if (plain !== null) values.set(name, { value: withoutColon(plain), place });
  }
}

/**
 * Reads one file and the environment, which takes precedence.
 * @param file path of the file, or a draft of it; undefined for the default one
 */
export function readSources(file: string | Draft | undefined, environment: NodeJS.ProcessEnv): Sources {
  const sources: Sources = { values: new Map(), problems: [] };
  if (typeof file === "object") parse(file, sources);
  else readFile(file ?? DEFAULT_FILE, file === undefined, sources);
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || value === undefined) continue;
    sources.values.set(name.slice(PREFIX.length).toLowerCase(), { value, place: name });
  }
  return sources;
}
