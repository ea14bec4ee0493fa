/** Mappings that stay in memory while they are compared, and those that are too large for that. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createDatabase, query } from "../support/database.ts";
import { openStorage, type Storage } from "../support/storage.ts";

/** A mapping: batches of grants, or of subjects without one. */
type Batch = readonly { readonly subject: string; readonly repository: string | undefined }[];

/** Kinds of mappings, with the tables that they write. */
const KINDS = {
  replaceUserGrants: ["users", "name", "repositories_users", "user_id"],
  replaceHostGrants: ["hosts", "uuid", "hosts_repositories", "host_id"],
  replaceOneHostGrants: ["hosts", "uuid", "hosts_repositories", "host_id"],
} as const;
type Kind = keyof typeof KINDS;

interface Side {
  readonly database: string;
  readonly storage: Storage;
}

/** How many grants may stay in memory: all, a few, none. */
const BOUNDS = [undefined, 6, 0];
let sides: Side[];
beforeAll(async () => {
  sides = await Promise.all(
    BOUNDS.map(async (bound) => {
      const database = await createDatabase();
      await query(
        database,
        "INSERT INTO repositories (name, auth_required) SELECT 'r' || n, true FROM generate_series(0, 3) n",
      );
      return { database, storage: await openStorage(database, {}, () => undefined, bound) };
    }),
  );
});
afterAll(async () => {
  for (const { storage } of sides) await storage.close();
});

const context = () => ({
  requestId: "r",
  caller: "test",
  started: performance.now(),
  counts: { entries: 0, invalid: 0, bytes: 0 },
  invalidEntries: [],
});

async function send({ database, storage }: Side, kind: Kind, batches: readonly Batch[]) {
  const [subjects, name, table, id] = KINDS[kind];
  const { inserted, deleted, unknown, outcome } = await storage.syncTarget[kind](
    context(),
    (async function* () {
      yield* batches;
    })(),
  );
  const grants = await query(
    database,
    `SELECT s.${name} AS subject, r.name AS repository FROM ${table} g
       JOIN ${subjects} s ON s.id = g.${id} JOIN repositories r ON r.id = g.repository_id ORDER BY 1, 2`,
  );
  return { inserted, deleted, unknown, outcome, grants };
}

describe("a mapping has the same outcome in memory and in the database", () => {
  const grant = fc.record({
    // Logins are compared without regard to case.
    subject: fc.constantFrom("alice", "Alice", "bob", "carol"),
    repository: fc.option(fc.constantFrom("r0", "r1", "r2", "r3", "unlisted"), { nil: undefined }),
  });
  const mapping = fc.array(fc.array(grant, { maxLength: 6 }), { maxLength: 4 });

  test.each(Object.keys(KINDS) as Kind[])("%s", async (kind) => {
    await fc.assert(
      fc.asyncProperty(mapping, async (batches) => {
        const outcomes = [];
        for (const side of sides) outcomes.push(await send(side, kind, batches));
        const [inMemory, ...others] = outcomes;
        expect(inMemory?.outcome).toBe("done");
        for (const other of others) expect(other).toEqual(inMemory);
        if (kind === "replaceHostGrants") {
          const wanted = new Set(
            batches
              .flat()
              .flatMap(({ subject, repository }) => (repository ? [`${subject} ${repository}`] : [])),
          );
          expect(inMemory?.grants).toHaveLength(wanted.size);
        }
      }),
      { numRuns: 6 },
    );
  });

  test("of 30,000 grants, which the database sends in pieces", async () => {
    const batches = (shift: number) =>
      Array.from({ length: 10 }, (_, host) =>
        Array.from({ length: 3_000 }, (_, index) => ({
          subject: `host-${host}`,
          repository: `t${(index + (host === 7 ? shift : 0)) % 3_001}`,
        })),
      );
    for (const side of [sides[0], sides[2]]) {
      if (side === undefined) throw new Error("there is no such side");
      expect(await send(side, "replaceHostGrants", batches(0))).toMatchObject({ inserted: 30_000 });
      expect(await send(side, "replaceHostGrants", batches(0))).toMatchObject({ inserted: 0, deleted: 0 });
      expect(await send(side, "replaceHostGrants", batches(1))).toMatchObject({ inserted: 1, deleted: 1 });
    }
  });

  test("if many stored grants are to be removed", async () => {
    const many = [Array.from({ length: 200 }, (_, index) => ({ subject: "dora", repository: `s${index}` }))];
    for (const side of sides) {
      expect(await send(side, "replaceHostGrants", many)).toMatchObject({ inserted: 200 });
      expect(await send(side, "replaceHostGrants", many)).toMatchObject({ inserted: 0, deleted: 0 });
      const one = [[{ subject: "dora", repository: "s7" }]];
      expect(await send(side, "replaceHostGrants", one)).toMatchObject({
        inserted: 0,
        deleted: 199,
        grants: [{ subject: "dora", repository: "s7" }],
      });
    }
  });
});
