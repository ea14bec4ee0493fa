/** Settings files of the Smart Proxy and of its plugin. */
import { readFileSync } from "node:fs";
import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { errorText } from "../model/error-text.ts";
import { StartupError } from "../model/startup-error.ts";

/** A value in one of the files. */
export interface PluginValue {
  readonly value: unknown;
  /** `file:line`, or the default that the Smart Proxy uses. */
  readonly place: string;
}

/** Values of both files by key, without the colon of a symbol. */
export interface PluginFiles {
  readonly smartProxy: ReadonlyMap<string, PluginValue>;
  readonly plugin: ReadonlyMap<string, PluginValue>;
}

/** Paths of both files. */
export interface PluginPaths {
  readonly smartProxy: string;
  readonly plugin: string;
}

/** Converts a Ruby symbol to text, in lists too. */
function withoutSymbols(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSymbols);
  return typeof value === "string" ? value.replace(/^:(?=[A-Za-z_]\w*$)/, "") : value;
}

/** @throws StartupError if the file can't be read, or is no list of settings */
function read(path: string): ReadonlyMap<string, PluginValue> {
  try {
    return parsePluginFile(path, readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof StartupError) throw error;
    throw new StartupError(
      `${path} can't be read: ${errorText(error)}. Name the files with --smart-proxy-settings and --plugin-settings`,
    );
  }
}

/**
 * Parses one file.
 * @param path its path, or another name of its origin
 * @throws StartupError if it is no list of settings
 */
export function parsePluginFile(path: string, text: string): ReadonlyMap<string, PluginValue> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [problem] = document.errors;
  if (problem !== undefined) throw new StartupError(`${path}: ${problem.message}`);
  const values = new Map<string, PluginValue>();
  if (document.contents === null) return values;
  if (!isMap(document.contents))
    throw new StartupError(`${path} is not a list of settings, one ":key: value" a line`);
  for (const { key, value } of document.contents.items) {
    if (!isScalar(key)) continue;
    const plain: unknown = document.createNode(value).toJS(document);
    const place = `${path}:${lines.linePos(key.range?.[0] ?? 0).line}`;
    if (plain !== null)
      values.set(String(key.value).replace(/^:/, ""), { value: withoutSymbols(plain), place });
  }
  return values;
}

/**
 * Reads both files.
 * @throws StartupError that names the file
 */
export const readPluginFiles = ({ smartProxy, plugin }: PluginPaths): PluginFiles => ({
  smartProxy: read(smartProxy),
  plugin: read(plugin),
});
