import { Buffer } from "node:buffer";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { encodeForm } from "../../src/client/forms.ts";
import {
  FormError,
  readHostGrants,
  readHosts,
  readRepositories,
  readUserGrants,
  type SyncBody,
} from "../../src/sync/body/read-body.ts";

/** For more runs: `FUZZ_RUNS=1000 npm run test:wire -- sync-body-properties`. Each reads a body once for each of its bytes. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 30);

type Read = (body: SyncBody) => AsyncIterable<unknown[]>;
type Fields = { repository: string | null; auth_required?: string | null };
type Outcome = { rows: unknown[] } | { place: number | string; message: string };

const readers: Read[] = [readRepositories, readUserGrants, readHosts, readHostGrants];

/** Makes a function that removes the places of names, which must be the same for the same name only. */
function placesOf(): (row: unknown) => unknown {
  const names = new Map<number, unknown>();
  return (row) => {
    if (typeof row !== "object" || row === null || !("place" in row)) return row;
    const { place, ...rest } = row;
    const name = "repository" in rest ? rest.repository : undefined;
    if (typeof place === "number" && place >= 0 && (names.get(place) ?? name) !== name)
      throw new Error(`${name} has the place of ${names.get(place)}`);
    if (typeof place === "number") names.set(place, name);
    return rest;
  };
}

/** Reads a body split at the given offsets. An error other than a FormError fails the test. */
async function outcome(
  read: Read,
  bytes: Uint8Array,
  cuts: number[],
  contentType = "application/x-www-form-urlencoded",
) {
  async function* chunks() {
    let from = 0;
    for (const cut of [...cuts, bytes.length]) {
      yield bytes.slice(from, cut);
      from = cut;
    }
  }
  const rows: unknown[] = [];
  const withoutPlace = placesOf();
  let result: Outcome = { rows };
  try {
    for await (const batch of read({ contentType, chunks: chunks() })) rows.push(...batch.map(withoutPlace));
  } catch (error) {
    if (!(error instanceof FormError)) throw error;
    const isInside = typeof error.place !== "number" || (error.place >= 0 && error.place <= bytes.length);
    if (!isInside) throw new Error(`a place outside of the body: ${error.place}`);
    result = { place: error.place, message: error.message };
  }
  return result;
}

/** Expects the same outcome for every split into two chunks and for single bytes. */
async function expectEverywhere(read: Read, bytes: Uint8Array, expected: Outcome) {
  const all = Array.from(bytes.keys());
  for (const cuts of [...all.map((cut) => [cut]), all]) {
    const found = await outcome(read, bytes, cuts);
    // The matcher is slow, and this runs a hundred thousand times.
    if (!isDeepStrictEqual(found, expected)) expect({ cuts, ...found }).toEqual({ cuts, ...expected });
  }
}

/** Percent-encodes every byte if eager, otherwise all but letters and digits, with a plus for a space. */
function encode(text: string, eager: boolean): string {
  return Array.from(Buffer.from(text), (byte) => {
    const letter = String.fromCharCode(byte);
    if (byte === 0x20 && !eager) return "+";
    return !eager && /[0-9A-Za-z]/.test(letter) ? letter : `%${byte.toString(16).padStart(2, "0")}`;
  }).join("");
}

function encodeEntries(prefix: string, entries: Fields[], eager: boolean): string[] {
  return entries.flatMap((entry) =>
    Object.entries(entry).map(([field, value]) => {
      const key = `${prefix}[${field}]`;
      return value === null ? key : `${key}=${encode(value, eager)}`;
    }),
  );
}

const text = fc.oneof(
  fc.constantFrom("", "true", "a/b", "a b", "é[😀]", "%&=+;", "users[]", "__proto__"),
  fc.string({ unit: "grapheme", maxLength: 6 }),
);
const fields = fc.record<Fields, "repository">(
  { repository: fc.option(text), auth_required: fc.option(text) },
  { requiredKeys: ["repository"] },
);
const subject = text.filter((name) => name !== "");
const mapping = fc.array(fc.tuple(subject, fc.array(fields, { maxLength: 3 })), { maxLength: 3 });

function row(entry: number, { repository, auth_required }: Fields) {
  return { entry, repository: repository ?? undefined, auth_required: auth_required ?? undefined };
}

function grants(subjects: [string, Fields[]][]) {
  let entry = 0;
  return subjects.flatMap(([name, entries]) =>
    entries.length === 0
      ? [{ entry: 0, subject: name, repository: undefined, auth_required: undefined }]
      : entries.map((each) => ({ subject: name, ...row(++entry, each) })),
  );
}

describe("a valid sync body, split anywhere,", () => {
  test("gives the encoded repositories", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fields, { maxLength: 5 }), fc.boolean(), async (entries, eager) => {
        const pairs =
          entries.length === 0 ? ["repositories"] : encodeEntries("repositories[]", entries, eager);
        const rows = entries.map((entry, index) => row(index + 1, entry));
        await expectEverywhere(readRepositories, Buffer.from(pairs.join("&")), { rows });
      }),
      { numRuns: RUNS },
    );
  });

  test.each([
    { collection: "users", read: readUserGrants },
    { collection: "hosts", read: readHostGrants },
  ])("gives the encoded mapping of $collection", async ({ collection, read }) => {
    await fc.assert(
      fc.asyncProperty(mapping, fc.boolean(), async (subjects, eager) => {
        const pairs = subjects.flatMap(([name, entries]) => {
          const key = `${collection}[][${encode(name, eager)}]`;
          return entries.length === 0 ? [key] : encodeEntries(`${key}[]`, entries, eager);
        });
        const form = subjects.length === 0 ? collection : pairs.join("&");
        await expectEverywhere(read, Buffer.from(form), { rows: grants(subjects) });
      }),
      { numRuns: RUNS },
    );
  });

  test("gives names that come again, in the same order or in another one", async () => {
    const name = fc.constantFrom("a", "aa", "ab", "abc", "abcd", "abcde", "a/b", "a/b/c", "é", "true", "");
    const again = fc.record<Fields>({
      repository: fc.option(name),
      auth_required: fc.option(fc.constantFrom("true", "tru", "a")),
    });
    const entries = fc.array(again, { minLength: 1, maxLength: 4 });
    /** Some subjects have the entries of the first one. */
    const subjects = fc.array(fc.option(entries), { minLength: 2, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(entries, subjects, fc.boolean(), async (usual, all, eager) => {
        const named = all.map((one, index): [string, Fields[]] => [`u${index}`, one ?? usual]);
        const pairs = named.flatMap(([subject, one]) => encodeEntries(`users[][${subject}][]`, one, eager));
        await expectEverywhere(readUserGrants, Buffer.from(pairs.join("&")), { rows: grants(named) });
      }),
      { numRuns: 2 * RUNS },
    );
  });

  test("gives the encoded hosts", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(text), { maxLength: 6 }), fc.boolean(), async (uuids, eager) => {
        const pairs = uuids.map((uuid) =>
          uuid === null ? "hosts[][uuid]" : `hosts[][uuid]=${encode(uuid, eager)}`,
        );
        const rows = uuids.flatMap((uuid, index) =>
          uuid === null || uuid === "" ? [] : [{ entry: index + 1, uuid }],
        );
        await expectEverywhere(readHosts, Buffer.from(pairs.length === 0 ? "hosts" : pairs.join("&")), {
          rows,
        });
      }),
      { numRuns: RUNS },
    );
  });

  test("gives the same mapping from JSON", async () => {
    await fc.assert(
      fc.asyncProperty(mapping, async (subjects) => {
        const users = subjects.map(([name, entries]) => Object.fromEntries([[name, entries]]));
        const bytes = Buffer.from(JSON.stringify({ users }));
        expect(await outcome(readUserGrants, bytes, [], "application/json")).toEqual({
          rows: grants(subjects),
        });
      }),
    );
  });

  test("gives the mapping that the demo's sender encodes like rest-client", async () => {
    await fc.assert(
      fc.asyncProperty(mapping, async (subjects) => {
        const users = subjects.map(([name, entries]) => Object.fromEntries([[name, entries]]));
        const form = encodeForm({ users });
        expect(await outcome(readUserGrants, Buffer.from(form), [])).toEqual({ rows: grants(subjects) });
      }),
      { numRuns: 500 },
    );
  });

  test("gives long values that span many chunks", async () => {
    const uuids = [1, 60_000, 65_536, 3, 65_535, 0, 20].map((length, index) => String(index).repeat(length));
    const bytes = Buffer.from(uuids.map((uuid) => `hosts[][uuid]=${uuid}`).join("&"));
    const whole = await outcome(readHosts, bytes, []);
    expect(whole).toMatchObject({
      rows: uuids.flatMap((uuid, index) => (uuid === "" ? [] : [{ entry: index + 1, uuid }])),
    });
    for (const size of [1, 7, 1000, 16_384, 65_536, 131_072]) {
      const cuts = Array.from(
        { length: Math.floor((bytes.length - 1) / size) },
        (_, index) => (index + 1) * size,
      );
      expect(await outcome(readHosts, bytes, cuts)).toEqual(whole);
    }
  });
});

describe("an arbitrary sync body", () => {
  const word = fc.constantFrom(
    ...[
      "repositories",
      "users",
      "hosts",
      "[]",
      "[repository]",
      "[auth_required]",
      "[uuid]",
      "[a]",
      "[a]",
      "[b]",
    ],
    ...["[", "]", "=", "=", "&", "&", "&", "%", "%5B", "%c3", "%A9", "%zz", "+", "é", "true", "\0"],
  );
  const wordy = fc.array(word, { maxLength: 30 }).map((words) => Buffer.from(words.join("")));
  const pair = fc.constantFrom(
    ...[
      "users[][a][][repository]=r",
      "users[][a][][auth_required]=true",
      "users[][b]",
      "users[][b][][repository]=r",
    ],
    ...["users", "users[]", "users[][a][]", "users[][a][][x]=1", "", "users[][a]=", "users[][%C3]"],
  );
  const paired = fc.array(pair, { maxLength: 10 }).map((pairs) => Buffer.from(pairs.join("&")));

  test.each([
    { kind: "random bytes", bytes: fc.uint8Array({ maxLength: 100 }) },
    { kind: "random words of a form", bytes: wordy },
    { kind: "random pairs of a form", bytes: paired },
  ])("of $kind gives the same rows or FormError for every split", async ({ bytes }) => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...readers), bytes, async (read, body) => {
        await expectEverywhere(read, body, await outcome(read, body, []));
      }),
      { numRuns: 3 * RUNS },
    );
  });

  test("of JSON gives the same rows or FormError in single bytes", async () => {
    const jsonish = fc.oneof(
      fc.uint8Array({ maxLength: 50 }),
      fc.json().map((value) => Buffer.from(value)),
      fc
        .tuple(fc.constantFrom("repositories", "users", "hosts"), fc.json())
        .map(([name, value]) => Buffer.from(`{"${name}":${value}}`)),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...readers), jsonish, async (read, body) => {
        const whole = await outcome(read, body, [], "application/json");
        expect(await outcome(read, body, Array.from(body.keys()), "application/json")).toEqual(whole);
      }),
      { numRuns: 1000 },
    );
  });
});
