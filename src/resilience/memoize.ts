/** Remembered results of functions of a text. */
import { BoundedMap } from "./bounded-map.ts";

/**
 * Wraps a function that has the same result whenever it gets the same text, so that it is computed once.
 * @param maxEntries number of texts whose results are kept
 */
export function memoize<Result extends NonNullable<unknown> | undefined>(
  compute: (text: string) => Result,
  maxEntries: number,
): (text: string) => Result {
  const results = new BoundedMap<string, { readonly result: Result }>(maxEntries);
  return (text) => {
    const known = results.get(text);
    if (known !== undefined) return known.result;
    const result = compute(text);
    results.set(text, { result });
    return result;
  };
}
