/** The `Results` of a Flatpak index, written once for all who are shown the same part of it at the same time. */
import type { IndexedRepository } from "../model/content.ts";

type Index = readonly IndexedRepository[];

/** Sets of the names of cached lists, made once for each list. */
const nameSets = new WeakMap<readonly string[], ReadonlySet<string>>();

/**
 * The written parts of each index, by which of its entries they hold. A part lives for as long as a reply holds it: there may
 * be as many different ones as there are callers, and each may be of megabytes.
 */
const writtenParts = new WeakMap<Index, Map<string, WeakRef<Uint8Array>>>();

function setOf(names: readonly string[]): ReadonlySet<string> {
  const known = nameSets.get(names);
  if (known !== undefined) return known;
  const set = new Set(names);
  nameSets.set(names, set);
  return set;
}

function partsOf(index: Index): Map<string, WeakRef<Uint8Array>> {
  const known = writtenParts.get(index);
  if (known !== undefined) return known;
  const parts = new Map<string, WeakRef<Uint8Array>>();
  writtenParts.set(index, parts);
  return parts;
}

/**
 * The end of the JSON of an index, from its key `Results` on, with the entries that a caller may see.
 * @param names those of the repositories that the caller may see; absent for all
 */
export function resultsFor(index: Index, names: readonly string[] | undefined): Uint8Array {
  const visible = names && setOf(names);
  const isShown = ({ name }: IndexedRepository): boolean => visible === undefined || visible.has(name);
  const key = index.map((entry) => (isShown(entry) ? "1" : "0")).join("");
  const parts = partsOf(index);
  const known = parts.get(key)?.deref();
  if (known !== undefined) return known;
  for (const [other, part] of parts) if (part.deref() === undefined) parts.delete(other);
  const entries = index.filter(isShown).map(({ json }) => json);
  const written = Buffer.from(`"Results":[${entries.join(",")}]}`);
  parts.set(key, new WeakRef(written));
  return written;
}
