/** Where settings come from, with the place of each: the line of a YAML file, or a variable of the environment. */
import { readFileSync } from "node:fs";
import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { errorCode, errorText } from "../model/error-text.ts";

/** `file:line`, or the name of a variable. */
export type Place = string;

/** What was found, before anything is known of its meaning. */
export interface Sources {
  readonly values: Map<string, { readonly value: unknown; readonly place: Place }>;
  readonly problems: string[];
}

/** Read when no other file is named; it may be missing. */
export const USUAL_FILE = "/etc/container-gateway/settings.yml";

const PREFIX = "CONTAINER_GATEWAY_";

/** Ruby's `:key: :value` says the same as `key: value`. */
const withoutColon = (value: unknown): unknown =>
  typeof value === "string" && /^:[a-z]\w*$/.test(value) ? value.slice(1) : value;

function readFile(path: string, optional: boolean, { values, problems }: Sources): void {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    // One that may not be read is not missing: what stands in it would be passed over.
    if (!optional || errorCode(error) !== "ENOENT")
      problems.push(`${path}: can't be read: ${errorText(error)}`);
    return;
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  for (const { message } of document.errors) problems.push(`${path}: ${message}`);
  if (document.errors.length > 0 || document.contents === null) return;
  if (!isMap(document.contents)) {
    problems.push(`${path}: must be a list of settings, one "key: value" a line`);
    return;
  }
  for (const { key, value } of document.contents.items) {
    if (!isScalar(key)) continue;
    const name = String(key.value).replace(/^:/, "");
    const place = `${path}:${lines.linePos(key.range?.[0] ?? 0).line}`;
    const plain: unknown = document.createNode(value).toJS(document);
    // "key:" with nothing behind it leaves the setting out.
    if (plain !== null) values.set(name, { value: withoutColon(plain), place });
  }
}

/**
 * Reads one file and the environment, which wins.
 * @param file the file to read, undefined for the usual one
 */
export function readSources(file: string | undefined, environment: NodeJS.ProcessEnv): Sources {
  const sources: Sources = { values: new Map(), problems: [] };
  readFile(file ?? USUAL_FILE, file === undefined, sources);
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || value === undefined) continue;
    sources.values.set(name.slice(PREFIX.length).toLowerCase(), { value, place: name });
  }
  return sources;
}
