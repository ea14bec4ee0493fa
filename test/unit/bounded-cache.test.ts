import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { BoundedCache } from "../../src/cache/bounded-cache.ts";
import { CachedCatalog } from "../../src/cache/database/catalog.ts";
import { CachedFacts } from "../../src/cache/database/facts.ts";
import { CachedHosts } from "../../src/cache/database/hosts.ts";
import { OpenRepositories } from "../../src/cache/database/open-repositories.ts";
import { CachedTokens } from "../../src/cache/database/tokens.ts";
import { BatchedLookup } from "../../src/database/batched-lookup.ts";
import type { Change } from "../../src/database/change-feed/change.ts";
import type { ChangeListener } from "../../src/database/change-feed/change-feed.ts";
import { unreachable } from "../../src/database/errors.ts";
import { TimedOut, Timeouts } from "../../src/database/timeouts.ts";
import type { StoredToken } from "../../src/model/logins.ts";
import type { FactQuery, StoredRepository } from "../../src/store/repositories.ts";

describe("a bounded cache", () => {
  test("evicts the least recently used entry at its limit of bytes", () => {
    const entry = new BoundedCache<number>(10_000);
    entry.put("a", 1, 100);
    const memory = new BoundedCache<number>(3 * entry.bytes);
    for (const key of ["a", "b", "c"]) memory.put(key, 1, 100);
    memory.get("a");
    memory.put("d", 1, 100);
    expect(["a", "b", "c", "d"].map((key) => memory.get(key))).toEqual([1, undefined, 1, 1]);
  });

  test("never exceeds its limit of bytes, and counts its bytes", () => {
    const key = fc.constantFrom("a", "bb", "ccc", "dddd", "eeeee");
    const step = fc.oneof(
      fc.record({ put: key, bytes: fc.nat(400) }),
      fc.record({ delete: key }),
      fc.record({ get: key }),
    );
    fc.assert(
      fc.property(fc.nat(1500), fc.array(step, { maxLength: 50 }), (limit, steps) => {
        const memory = new BoundedCache<string>(limit);
        for (const one of steps) {
          if ("put" in one) memory.put(one.put, one.put, one.bytes);
          else if ("delete" in one) memory.delete(one.delete);
          else expect([undefined, one.get]).toContain(memory.get(one.get));
          expect(memory.bytes).toBeLessThanOrEqual(limit);
          expect(memory.bytes).toBeGreaterThanOrEqual(0);
        }
        for (const each of ["a", "bb", "ccc", "dddd", "eeeee"]) memory.delete(each);
        expect(memory.bytes).toBe(0);
      }),
    );
  });
});

/** A database whose replies the test gives. */
function byHand<Asked, Answer>() {
  const statements: { asked: readonly Asked[]; answer: (answers: Answer[]) => void; fail: () => void }[] = [];
  const find = (asked: readonly Asked[]) =>
    new Promise<readonly Answer[]>((resolve, reject) => {
      statements.push({ asked, answer: resolve, fail: () => reject(new Error("down")) });
    });
  return { statements, find };
}

describe("batched lookups", () => {
  test("send concurrent queries in one statement, equal ones once", async () => {
    const { statements, find } = byHand<string, string>();
    const lookup = new BatchedLookup(find);
    const answers = Promise.all(["a", "b", "a"].map((asked) => lookup.find(asked, asked)));
    await sleep(5);
    expect(statements.map(({ asked }) => asked)).toEqual([["a", "b"]]);
    statements[0]?.answer(["1", "2"]);
    expect(await answers).toEqual(["1", "2", "1"]);
  });

  test("return no reply older than the query, and collect queries while the database is busy", async () => {
    const { statements, find } = byHand<string, string>();
    const lookup = new BatchedLookup(find);
    const first = lookup.find("a", "a");
    await sleep(5);
    const second = lookup.find("a", "a");
    await sleep(5);
    const more = [lookup.find("a", "a"), lookup.find("b", "b")];
    await sleep(5);
    expect(statements.map(({ asked }) => asked)).toEqual([["a"], ["a"]]);
    statements[0]?.answer(["old"]);
    await sleep(5);
    expect(statements[2]?.asked).toEqual(["a", "b"]);
    statements[1]?.answer(["new"]);
    statements[2]?.answer(["newer", "b"]);
    expect(await Promise.all([first, second, ...more])).toEqual(["old", "new", "newer", "b"]);
  });

  test("all fail when their statement fails, and later ones succeed", async () => {
    const { statements, find } = byHand<string, string>();
    const lookup = new BatchedLookup(find);
    const answers = Promise.allSettled([lookup.find("a", "a"), lookup.find("b", "b")]);
    await sleep(5);
    statements[0]?.fail();
    expect((await answers).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    const next = lookup.find("a", "a");
    await sleep(5);
    statements[1]?.answer(["1"]);
    expect(await next).toBe("1");
  });
});

/** A change feed that the test controls. */
class FakeFeed {
  connected = true;
  inGracePeriod = false;
  readonly #listeners: ChangeListener[] = [];
  listen(listener: ChangeListener): void {
    this.#listeners.push(listener);
  }
  /** Disconnects the feed and starts the grace period of the cache. */
  goDeaf(): void {
    this.inGracePeriod = true;
    this.set(false);
  }
  change(change: Change): void {
    for (const listener of this.#listeners) listener.changed(change);
  }
  set(connected: boolean): void {
    this.connected = connected;
    for (const listener of this.#listeners) connected ? listener.connected() : listener.disconnected();
  }
}

let feed: FakeFeed;
beforeEach(() => {
  feed = new FakeFeed();
});

describe("the cache of tokens", () => {
  let known: StoredToken | undefined;
  let asked = 0;
  let tokens: CachedTokens;
  beforeEach(() => {
    known = { userId: 1, userName: "alice", secondsLeft: 60 };
    asked = 0;
    const find = async (checksums: readonly string[]) => {
      asked += 1;
      await sleep(10);
      return checksums.map(() => known);
    };
    tokens = new CachedTokens({ find }, feed, 10_000);
  });
  const find = () => tokens.find("c0ffee");

  test("queries a token once and counts down its lifetime", async () => {
    await find();
    const again = await find();
    expect(asked).toBe(1);
    expect(again).toMatchObject({ userId: 1, userName: "alice" });
    expect(again?.secondsLeft).toBeLessThan(60);
    expect(again?.secondsLeft).toBeGreaterThan(55);
  });

  test("queries a token again when it has expired", async () => {
    known = { userId: 1, userName: "alice", secondsLeft: 0.05 };
    await find();
    await sleep(60);
    known = undefined;
    expect(await find()).toBeUndefined();
  });

  test("queries an unknown token each time", async () => {
    known = undefined;
    expect(await find()).toBeUndefined();
    known = { userId: 1, userName: "alice", secondsLeft: 60 };
    expect(await find()).toMatchObject({ userId: 1 });
  });

  test.each<Change>([
    { kind: "tokens", keys: ["c0ffee"] },
    { kind: "tokens", keys: undefined },
  ])("invalidates a token on %j", async (change) => {
    await find();
    known = undefined;
    feed.change(change);
    expect(await find()).toBeUndefined();
  });

  test("keeps a token when other tokens or grants change", async () => {
    await find();
    feed.change({ kind: "tokens", keys: ["other"] });
    feed.change({ kind: "users", keys: ["1"] });
    await find();
    expect(asked).toBe(1);
  });

  test("does not cache a token that was read before a change", async () => {
    const reading = find();
    await sleep(2);
    feed.change({ kind: "tokens", keys: ["c0ffee"] });
    await reading;
    known = undefined;
    expect(await find()).toBeUndefined();
  });

  test("queries a token each time while the change feed is disconnected, and once after it connects", async () => {
    await find();
    feed.set(false);
    await find();
    const reading = find();
    await sleep(2);
    feed.set(true);
    await reading;
    expect(asked).toBe(3);
    await find();
    await find();
    expect(asked).toBe(4);
  });
});

/** A query of an unreachable database. */
const away = (): Promise<never> => Promise.reject(unreachable(new Error("no route")));

describe("while the database is unreachable", () => {
  const alice = { kind: "user", id: 7 } as const;
  const find = async (checksums: readonly string[]) =>
    checksums.map(() => ({ userId: 7, userName: "alice", secondsLeft: 2 }));
  const granted = { id: 2, authRequired: true, granted: true };

  test("a cached token is valid until it expires or the grace period ends", async () => {
    const source = { find };
    const tokens = new CachedTokens({ find: (asked) => source.find(asked) }, feed, 10_000);
    await tokens.find("c0ffee");
    source.find = away;
    feed.goDeaf();
    expect(await tokens.find("c0ffee")).toMatchObject({ userName: "alice" });
    await expect(tokens.find("other")).rejects.toMatchObject({ message: "the database is not available" });
    feed.inGracePeriod = false;
    await expect(tokens.find("c0ffee")).rejects.toThrow();
    feed.inGracePeriod = true;
    await sleep(2_010);
    await expect(tokens.find("c0ffee")).rejects.toThrow();
  });

  test("cached facts are invalidated by a change and when the change feed connects", async () => {
    const source = { facts: async () => [granted] };
    const facts = new CachedFacts({ facts: () => source.facts() }, feed, 100_000);
    await facts.facts("r", alice);
    source.facts = away;
    feed.goDeaf();
    expect(await facts.facts("r", alice)).toMatchObject({ granted: true });
    feed.change({ kind: "users", keys: ["7"] });
    await expect(facts.facts("r", alice)).rejects.toThrow();
    feed.set(true);
    await expect(facts.facts("r", alice)).rejects.toThrow();
  });

  test("a grant that the database has since denied or never gave is not served", async () => {
    const source = { facts: async (): Promise<StoredRepository[]> => [granted] };
    const facts = new CachedFacts({ facts: () => source.facts() }, feed, 100_000);
    await facts.facts("r", alice);
    feed.goDeaf();
    source.facts = async () => [{ ...granted, granted: false }];
    expect(await facts.facts("r", alice)).toMatchObject({ granted: false });
    source.facts = away;
    await expect(facts.facts("r", alice)).rejects.toThrow();
    await expect(facts.facts("r", { kind: "user", id: 8 })).rejects.toThrow();
  });

  test("an error of the database itself is passed on despite a cache entry", async () => {
    const source = { find };
    const tokens = new CachedTokens({ find: (asked) => source.find(asked) }, feed, 10_000);
    await tokens.find("c0ffee");
    feed.goDeaf();
    source.find = () => Promise.reject(new Error("a bug"));
    await expect(tokens.find("c0ffee")).rejects.toThrow("a bug");
  });

  test("hosts and catalogs are served from the cache", async () => {
    const source = {
      find: async () => [{ id: 3, stale: false, unregistered: false }],
      visible: async () => ["a", "b"],
    };
    const hosts = new CachedHosts({ find: () => source.find() }, feed, 60, 10_000);
    const catalog = new CachedCatalog({ visible: () => source.visible() }, feed, 10_000);
    const both = async () => [await hosts.find("u-1"), await catalog.visible(alice)];
    const known = await both();
    Object.assign(source, { find: away, visible: away });
    feed.goDeaf();
    expect(await both()).toEqual(known);
    feed.inGracePeriod = false;
    await expect(hosts.find("u-1")).rejects.toThrow();
    await expect(catalog.visible(alice)).rejects.toThrow();
  });
});

describe("timeouts", () => {
  test("are short for an unresponsive database, long for a responsive one, and separate for each query", async () => {
    let silent = false;
    const patience = new Timeouts({ unresponsive: () => silent, unresponsiveTimeoutMs: 50 });
    const never = new Promise<string>(() => undefined);
    const soon = patience.within(10_000, sleep(250, "soon"));
    expect(await soon).toBe("soon");
    await expect(patience.within(50, never)).rejects.toThrow(TimedOut);
    const long = patience.within(10_000, never);
    silent = true;
    await expect(long).rejects.toThrow(TimedOut);
  });

  test("do not discard a reply that arrived while the process was blocked", async () => {
    const server = createServer((socket) => void socket.end("x")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, "127.0.0.1");
    const patience = new Timeouts({ unresponsive: () => true, unresponsiveTimeoutMs: 500 });
    const answer = patience.within(500, once(socket, "data"));
    try {
      // Nothing is read meanwhile, and the timers that are due run first.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
      await answer;
    } finally {
      socket.destroy();
      server.close();
    }
  });
});

describe("the cache of facts", () => {
  let rows: Map<string, StoredRepository>;
  let asked: FactQuery[];
  let facts: CachedFacts;
  let openToAll: OpenRepositories;
  let delay: number;
  beforeEach(() => {
    rows = new Map();
    asked = [];
    const find = async (questions: readonly FactQuery[]) => {
      asked.push(...questions);
      const now = questions.map(({ name }) => rows.get(name));
      await sleep(delay);
      return now;
    };
    delay = 10;
    const openRepositories = async (names = [...rows.keys()]) =>
      names.filter((name) => rows.get(name)?.authRequired === false);
    facts = new CachedFacts({ facts: find }, feed, 100_000);
    openToAll = new OpenRepositories({ openRepositories }, feed);
  });
  const alice = { kind: "user", id: 7 } as const;
  const host = { kind: "host", id: 7 } as const;
  const open = { id: 1, authRequired: false, granted: false };
  const closed = { id: 2, authRequired: true, granted: false };
  const granted = { id: 2, authRequired: true, granted: true };

  test("queries an open repository once for all callers", async () => {
    rows.set("r", open);
    await facts.facts("r", alice);
    expect(await openToAll.has("r")).toBe(true);
    expect(await facts.facts("r", host)).toMatchObject({ authRequired: false });
    expect(asked).toHaveLength(1);
  });

  test("queries a grant once and serves it to its user only", async () => {
    rows.set("r", granted);
    await facts.facts("r", alice);
    expect(await facts.facts("r", alice)).toEqual({ authRequired: true, granted: true });
    expect(asked).toHaveLength(1);
    rows.set("r", closed);
    expect(await facts.facts("r", host)).toMatchObject({ granted: false });
    expect(await facts.facts("r", { kind: "user", id: 8 })).toMatchObject({ granted: false });
    expect(await openToAll.has("r")).toBe(false);
  });

  test("queries a refusal or an unlisted name each time", async () => {
    rows.set("r", closed);
    await facts.facts("r", alice);
    rows.set("r", granted);
    expect(await facts.facts("r", alice)).toMatchObject({ granted: true });
    expect(await facts.facts("new", alice)).toBeUndefined();
    rows.set("new", open);
    expect(await facts.facts("new", alice)).toMatchObject({ authRequired: false });
  });

  test.each<[Change, boolean]>([
    [{ kind: "repositories", keys: ["r"] }, true],
    [{ kind: "repositories", keys: undefined }, true],
    [{ kind: "users", keys: ["7"] }, true],
    [{ kind: "users", keys: undefined }, true],
    [{ kind: "repositories", keys: ["q"] }, false],
    [{ kind: "users", keys: ["8"] }, false],
    [{ kind: "hosts", keys: ["7"] }, false],
    [{ kind: "tokens", keys: undefined }, false],
  ])("after %j, invalidates the facts: %j", async (change, forgotten) => {
    rows.set("r", granted);
    await facts.facts("r", alice);
    feed.change(change);
    await facts.facts("r", alice);
    expect(asked).toHaveLength(forgotten ? 2 : 1);
  });

  test("serves no old grants of a repository that was listed again", async () => {
    rows.set("r", granted);
    await facts.facts("r", alice);
    rows.set("r", { id: 3, authRequired: true, granted: false });
    feed.change({ kind: "repositories", keys: ["r"] });
    expect(await facts.facts("r", alice)).toMatchObject({ granted: false });
  });

  test("does not cache facts that were read before a change, nor merge them with others", async () => {
    rows.set("other", { id: 9, authRequired: true, granted: true });
    await facts.facts("other", alice);
    rows.set("r", granted);
    delay = 100;
    const reading = facts.facts("r", alice);
    await sleep(2);
    delay = 1;
    feed.change({ kind: "users", keys: ["7"] });
    await facts.facts("other", alice);
    await reading;
    rows.set("r", closed);
    expect(await facts.facts("r", alice)).toMatchObject({ granted: false });
  });

  test("queries facts each time while the change feed is disconnected", async () => {
    rows.set("r", granted);
    await facts.facts("r", alice);
    feed.set(false);
    rows.set("r", closed);
    expect(await facts.facts("r", alice)).toMatchObject({ granted: false });
    feed.set(true);
    expect(await facts.facts("r", alice)).toMatchObject({ granted: false });
  });
});

describe("the set of open repositories", () => {
  let open: Set<string>;
  let asked: (readonly string[] | undefined)[];
  let isAway: boolean;
  let names: OpenRepositories;
  beforeEach(async () => {
    open = new Set(["pub", "other"]);
    asked = [];
    isAway = false;
    const openRepositories = async (wanted?: readonly string[]) => {
      asked.push(wanted);
      if (isAway) return away();
      return [...open].filter((name) => wanted === undefined || wanted.includes(name));
    };
    names = new OpenRepositories({ openRepositories }, feed);
    expect(await names.has("pub")).toBe(true);
    asked.length = 0;
  });

  test("answers for private and missing repositories without a query", async () => {
    expect(await Promise.all(["pub", "private", "nowhere"].map((name) => names.has(name)))).toEqual([
      true,
      false,
      false,
    ]);
    expect(asked).toEqual([]);
  });

  test("applies each change by name, before the next lookup", async () => {
    open = new Set(["pub", "new"]);
    feed.change({ kind: "repositories", keys: ["other", "new"] });
    expect(await names.has("new")).toBe(true);
    expect(await names.has("other")).toBe(false);
    expect(asked).toEqual([["other", "new"]]);
    open.delete("pub");
    feed.change({ kind: "repositories", keys: undefined });
    await sleep(5);
    expect(asked.at(-1)).toBeUndefined();
    expect(await names.has("pub")).toBe(false);
    feed.change({ kind: "users", keys: undefined });
    expect(asked).toHaveLength(2);
  });

  test("is queried while the change feed is disconnected, and cached while the database is unreachable", async () => {
    feed.set(false);
    open.delete("pub");
    expect(await names.has("pub")).toBe(false);
    expect(asked).toEqual([["pub"]]);
    isAway = true;
    feed.goDeaf();
    expect([await names.has("pub"), await names.has("private"), await names.has("nowhere")]).toEqual([
      true,
      false,
      false,
    ]);
    feed.inGracePeriod = false;
    for (const name of ["pub", "private", "nowhere"]) await expect(names.has(name)).rejects.toThrow();
    isAway = false;
    feed.set(true);
    expect(await names.has("pub")).toBe(false);
  });
});
