/** Places in openapi.yaml: each problem names the rule that is broken. */
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
} from "yaml";
import { contractText } from "../http/contract.ts";

/** A place in openapi.yaml. */
export interface Place {
  /** JSON pointer (RFC 6901), such as `#/paths/~1v2/get/responses/200`. */
  readonly pointer: string;
  /** Line in the file, from 1. */
  readonly line: number;
}

/** A broken rule. */
export interface Problem {
  readonly text: string;
  /** Undefined if no rule of the file says it, such as that a gateway replies at all. */
  readonly place: Place | undefined;
}

const escaped = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1");
const keysOf = (reference: string): string[] =>
  reference
    .replace(/^#\//, "")
    .split("/")
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));

const lines = new LineCounter();
let parsed: Document.Parsed | undefined;

/** Reads the file at the first problem: it takes some hundred milliseconds. */
function contract(): Document.Parsed {
  parsed ??= parseDocument(contractText, { lineCounter: lines });
  return parsed;
}

/** A node, or the one that an alias of YAML stands for. */
const resolved = (node: unknown): unknown => (isAlias(node) ? node.resolve(contract()) : node);

const nameOf = ({ key }: Pair): string => String(isScalar(key) ? key.value : key);

/** A value below a node, with its key as the file spells it and its offset. */
function childOf(node: unknown, key: string): { name: string; value: unknown; offset: number } | undefined {
  if (isMap(node)) {
    // Names of headers have no case.
    const pair =
      node.items.find((one) => nameOf(one) === key) ??
      node.items.find((one) => nameOf(one).toLowerCase() === key.toLowerCase());
    if (!isPair(pair) || !isScalar(pair.key)) return undefined;
    return { name: String(pair.key.value), value: pair.value, offset: pair.key.range?.[0] ?? 0 };
  }
  if (!isSeq(node)) return undefined;
  const value: unknown = node.items[Number(key)];
  return isMap(value) || isScalar(value) ? { name: key, value, offset: value.range?.[0] ?? 0 } : undefined;
}

const referenceIn = (node: unknown): string | undefined => {
  const reference = isMap(node) ? node.get("$ref") : undefined;
  return typeof reference === "string" ? reference : undefined;
};

/** Returns the place at some keys, or of the deepest of them that the file has. References are followed. */
export function placeAt(...keys: readonly string[]): Place {
  let [node, at, offset]: [unknown, string[], number] = [contract().contents, [], 0];
  const rest = [...keys];
  while (rest.length > 0) {
    const reference = referenceIn(node);
    if (reference !== undefined) {
      rest.unshift(...keysOf(reference));
      [node, at] = [contract().contents, []];
    }
    const child = childOf(node, rest.shift() ?? "");
    if (child === undefined) break;
    [node, offset] = [resolved(child.value), child.offset];
    at.push(child.name);
  }
  const pointer = ["#", ...at.map(escaped)].join("/");
  return { pointer, line: lines.linePos(offset).line };
}

/** Place in an operation. */
export const placeIn = (
  { path, method }: { readonly path: string; readonly method: string },
  ...keys: readonly string[]
): Place => placeAt("paths", path, method.toLowerCase(), ...keys);

/** Place as people read it: file and line, as editors open them, and the pointer. */
export const placeText = ({ line, pointer }: Place): string => `openapi.yaml:${line} ${pointer}`;

/** A problem with its place. */
export const problemText = ({ text, place }: Problem): string =>
  place === undefined ? text : `${text} (${placeText(place)})`;
