import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { GrantSet } from "../../src/sync/apply/grant-set.ts";
import { orderedPairs } from "../../src/sync/apply/ordered-pairs.ts";

const ids = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 2 ** 31 - 1 }));
const pairs = fc.array(fc.tuple(ids, ids), { maxLength: 300 });

function pairsOf(parts: Iterable<Int32Array>): [number, number][] {
  const numbers = [...parts].flatMap((part) => [...part]);
  return numbers.flatMap((number, at) => (at % 2 === 0 ? [[number, numbers[at + 1] ?? 0]] : []));
}

const sorted = (list: Iterable<readonly [number, number]>) => [...list].map(String).sort();

test("a set of grants has what was added, and what has not been crossed out", () => {
  fc.assert(
    fc.property(pairs, pairs, (added, crossedOut) => {
      const set = new GrantSet(added.length);
      for (const [subject, repository] of added) set.add(subject, repository);
      const all = new Map(added.map((pair) => [String(pair), pair]));
      expect(set.size).toBe(all.size);

      const rest = new Map(all);
      for (const pair of crossedOut) {
        expect(set.crossOut(...pair)).toBe(all.has(String(pair)));
        rest.delete(String(pair));
      }
      expect(set.left).toBe(rest.size);
      expect(sorted(pairsOf(set.rest()))).toEqual(sorted(rest.values()));
      expect(sorted(pairsOf(set.parts()))).toEqual(sorted(all.values()));
    }),
  );
});

test("a pair that is added after it was crossed out stays crossed out", () => {
  const set = new GrantSet(2);
  set.add(1, 2);
  set.crossOut(1, 2);
  set.add(1, 2);
  expect([set.size, set.left, pairsOf(set.rest())]).toEqual([1, 0, []]);
});

test("pairs are ordered by one column, and then by the other", async () => {
  await fc.assert(
    fc.asyncProperty(pairs, fc.constantFrom(0 as const, 1 as const), async (list, first) => {
      const lists = () => list.map((pair) => Int32Array.from(pair));
      const second = first === 0 ? 1 : 0;
      const expected = [...list].sort((a, b) => a[first] - b[first] || a[second] - b[second]);
      expect(pairsOf([await orderedPairs(first, lists, list.length)])).toEqual(expected);
    }),
  );
});
