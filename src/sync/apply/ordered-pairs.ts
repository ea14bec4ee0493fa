/** Order of pairs of ids in memory, by counting: no garbage, and pauses for other work. */
import { setImmediate } from "node:timers/promises";

/** Pairs of a list that are read without a pause. */
const MAX_PAIRS_AT_ONCE = 8_192;

/** Column of a list of pairs. */
type Column = 0 | 1;

/** Yields the pairs of a list in parts, between which other work may run. */
export function* partsOf(pairs: Int32Array): Generator<Int32Array> {
  for (let at = 0; at < pairs.length; at += 2 * MAX_PAIRS_AT_ONCE)
    yield pairs.subarray(at, at + 2 * MAX_PAIRS_AT_ONCE);
}

/** Orders pairs by a column. Pairs that are equal in it keep their order. */
async function orderedBy(
  column: Column,
  parts: () => Iterable<Int32Array>,
  length: number,
): Promise<Int32Array> {
  const places = new Map<number, number>();
  for (const part of parts()) {
    for (let at = column; at < part.length; at += 2) {
      const id = part[at] ?? 0;
      places.set(id, (places.get(id) ?? 0) + 1);
    }
    await setImmediate();
  }
  let place = 0;
  for (const id of Int32Array.from(places.keys()).sort()) {
    const count = places.get(id) ?? 0;
    places.set(id, place);
    place += count;
  }
  const ordered = new Int32Array(2 * length);
  for (const part of parts()) {
    for (let at = 0; at < part.length; at += 2) {
      const id = part[at + column] ?? 0;
      const to = places.get(id) ?? 0;
      places.set(id, to + 1);
      ordered[2 * to] = part[at] ?? 0;
      ordered[2 * to + 1] = part[at + 1] ?? 0;
    }
    await setImmediate();
  }
  return ordered;
}

/**
 * Orders pairs by one column, and those that are equal in it by the other one.
 * @param first column that counts first
 * @param parts lists of pairs, the same at each call
 * @param length number of all pairs
 */
export async function orderedPairs(
  first: Column,
  parts: () => Iterable<Int32Array>,
  length: number,
): Promise<Int32Array> {
  const bySecond = await orderedBy(first === 0 ? 1 : 0, parts, length);
  return orderedBy(first, () => partsOf(bySecond), length);
}
