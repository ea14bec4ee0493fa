/** `Results` of a Flatpak index, serialized once for all callers that see the same part of it at the same time. */
import type { IndexedRepository } from "../model/content.ts";

type Index = readonly IndexedRepository[];

/** Sets of the names of cached lists, one for each list. */
const nameSets = new WeakMap<readonly string[], ReadonlySet<string>>();

/**
 * Serialized parts of each index, keyed by the entries that they contain. A part lives only as long as a reply holds it:
 * there may be as many parts as callers, and each may have megabytes.
 */
const serializedParts = new WeakMap<Index, Map<string, WeakRef<Uint8Array>>>();

function setOf(names: readonly string[]): ReadonlySet<string> {
  const cached = nameSets.get(names);
  if (cached !== undefined) return cached;
  const set = new Set(names);
  nameSets.set(names, set);
  return set;
}

function partsOf(index: Index): Map<string, WeakRef<Uint8Array>> {
  const cached = serializedParts.get(index);
  if (cached !== undefined) return cached;
  const parts = new Map<string, WeakRef<Uint8Array>>();
  serializedParts.set(index, parts);
  return parts;
}

/**
 * Serializes the end of an index, from its key `Results` on, with the entries that a caller may see.
 * @param names names of the repositories that the caller may see; undefined for all
 */
export function resultsFor(index: Index, names: readonly string[] | undefined): Uint8Array {
  const visible = names && setOf(names);
  const isShown = ({ name }: IndexedRepository): boolean => visible === undefined || visible.has(name);
  const key = index.map((entry) => (isShown(entry) ? "1" : "0")).join("");
  const parts = partsOf(index);
  const cached = parts.get(key)?.deref();
  if (cached !== undefined) return cached;
  for (const [other, part] of parts) if (part.deref() === undefined) parts.delete(other);
  const entries = index.filter(isShown).map(({ json }) => json);
  const serialized = Buffer.from(`"Results":[${entries.join(",")}]}`);
  parts.set(key, new WeakRef(serialized));
  return serialized;
}
