/** Mappings in memory: their order, and their comparison with what is stored. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { GrantComparison } from "../../src/sync/apply/grant-comparison.ts";
import { GrantLists } from "../../src/sync/apply/grant-lists.ts";
import { HeldGrants } from "../../src/sync/apply/held-grants.ts";
import { IdIndex } from "../../src/sync/apply/id-index.ts";

type Pair = readonly [subject: number, repository: number];

/** 0 is the id of a name that the database does not have. */
const id = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 1, max: 12 }),
  fc.integer({ min: 1, max: 2 ** 31 - 1 }),
);
/** Several numbers may have one id, as several spellings of a login do. */
const ids = fc.array(id, { maxLength: 20 }).map((list) => Int32Array.from(list));
/** Numbers of names; those at the end have no id. */
const numbered = fc.array(fc.tuple(fc.nat(22), fc.nat(22)), { maxLength: 300 });

const mapping = fc.record({ subjectIds: ids, repositoryIds: ids, pairs: numbered });

function heldOf(pairs: readonly Pair[]): HeldGrants {
  const held = new HeldGrants(1_000);
  for (const [subject, repository] of pairs) held.add(subject, repository);
  return held;
}

async function pairsOf(parts: AsyncIterable<Int32Array> | Iterable<Int32Array>): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for await (const part of parts)
    for (let at = 0; at < part.length; at += 2) pairs.push([part[at] ?? 0, part[at + 1] ?? 0]);
  return pairs;
}

/** The different grants with ids, ordered by one column and then by the other. */
function expectedOf(
  {
    subjectIds,
    repositoryIds,
    pairs,
  }: { subjectIds: Int32Array; repositoryIds: Int32Array; pairs: readonly Pair[] },
  first: 0 | 1 = 0,
): Pair[] {
  const all = pairs
    .map(([subject, repository]): Pair => [subjectIds[subject] ?? 0, repositoryIds[repository] ?? 0])
    .filter(([subject, repository]) => subject > 0 && repository > 0);
  const second = first === 0 ? 1 : 0;
  return [...new Map(all.map((pair) => [String(pair), pair])).values()].sort(
    (a, b) => a[first] - b[first] || a[second] - b[second],
  );
}

test("an index has the place of each of its ids, in order, and of no other", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(id), fc.array(id), async (list, others) => {
      const index = await IdIndex.of(Int32Array.from(list));
      const expected = [...new Set(list)].filter((one) => one > 0).sort((a, b) => a - b);
      expect([...index.ids]).toEqual(expected);
      const all = [...list, ...others];
      expect([...(await index.placesOf(Int32Array.from(all)))]).toEqual(
        all.map((one) => expected.indexOf(one)),
      );
    }),
  );
});

describe("grants by subject", () => {
  test("are the different ones, ordered by subject or by repository", async () => {
    await fc.assert(
      fc.asyncProperty(mapping, async (one) => {
        const lists = await GrantLists.of(heldOf(one.pairs), one.subjectIds, one.repositoryIds);
        expect(lists.size).toBe(expectedOf(one).length);
        expect(await pairsOf(lists.byRepository())).toEqual(expectedOf(one, 1));
        expect(await pairsOf(lists.bySubject())).toEqual(expectedOf(one));
        expect(await pairsOf(lists.byRepository())).toEqual(expectedOf(one, 1));
      }),
    );
  });

  test("of a large mapping are complete, too", async () => {
    const pairs = Array.from({ length: 60_000 }, (_, at): Pair => [at % 7, Math.floor(at / 2)]);
    const all = Int32Array.from({ length: 30_000 }, (_, at) => at + 1);
    const lists = await GrantLists.of(heldOf(pairs), all, all);
    const expected = expectedOf({ subjectIds: all, repositoryIds: all, pairs });
    expect(await pairsOf(lists.bySubject())).toEqual(expected);
    const byRepository = expectedOf({ subjectIds: all, repositoryIds: all, pairs }, 1);
    expect(await pairsOf(lists.byRepository())).toEqual(byRepository);
  });
});

describe("a comparison", () => {
  const bytesOf = (list: readonly number[]) => {
    const bytes = Buffer.alloc(4 * list.length);
    for (const [at, one] of list.entries()) bytes.writeInt32BE(one, 4 * at);
    return bytes;
  };
  /** Stored grants of subjects, in any order of subjects, each in parts. */
  const stored = fc
    .array(fc.tuple(id, fc.uniqueArray(id, { maxLength: 15 })), { maxLength: 15 })
    .map((list) => new Map(list.map(([subject, granted]) => [subject, granted.filter((one) => one > 0)])));

  test("finds what the mapping adds, and what it removes", async () => {
    await fc.assert(
      fc.asyncProperty(mapping, stored, fc.integer({ min: 1, max: 5 }), async (one, before, partLength) => {
        before.delete(0);
        // Some of the mapping is stored.
        for (const [subject, repository] of expectedOf(one).filter((_, at) => at % 3 > 0))
          before.set(subject, [...new Set([...(before.get(subject) ?? []), repository])]);
        const lists = await GrantLists.of(heldOf(one.pairs), one.subjectIds, one.repositoryIds);
        const comparison = new GrantComparison(lists, 1_000);
        for (const [subject, granted] of before)
          for (let at = 0; at < granted.length; at += partLength)
            comparison.compare(subject, bytesOf(granted.slice(at, at + partLength)));
        await comparison.end();
        const wanted = expectedOf(one).map(String);
        const there = [...before].flatMap(([subject, granted]) => granted.map((g) => String([subject, g])));
        const [added, removed] = [comparison.added, comparison.removed];
        expect((await pairsOf(added.parts())).map(String).sort()).toEqual(
          wanted.filter((pair) => !there.includes(pair)).sort(),
        );
        expect((await pairsOf(removed.parts())).map(String).sort()).toEqual(
          there.filter((pair) => !wanted.includes(pair)).sort(),
        );
      }),
    );
  });

  test("is full if it would remove more grants than may be kept", async () => {
    const lists = await GrantLists.of(heldOf([]), new Int32Array(0), new Int32Array(0));
    const comparison = new GrantComparison(lists, 2);
    comparison.compare(1, bytesOf([1, 2]));
    expect(comparison.removed.isFull).toBe(false);
    comparison.compare(1, bytesOf([3, 4]));
    expect(comparison.removed.isFull).toBe(true);
    expect(comparison.removed.length).toBe(3);
  });
});
