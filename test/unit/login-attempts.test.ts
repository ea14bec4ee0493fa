import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Breaker } from "../../src/breaker.ts";
import { Database } from "../../src/caches/database.ts";
import { LoginAttempts } from "../../src/caches/login-attempts.ts";
import { createDatabase } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";

const waitOf = async (attempts: LoginAttempts, key: string): Promise<number> =>
  (await attempts.standing(key)).wait;

/** A database in which every key is over the bound; counts what it is asked. */
function overAll() {
  const asked = { times: 0 };
  const any = async <T>(): Promise<T[]> => {
    asked.times += 1;
    return JSON.parse(`[{ "points": 9, "expire": "${Date.now() + 60_000}" }]`);
  };
  return { asked, any };
}

describe("a key that is over the bound", () => {
  test("is asked about once, however often it comes", async () => {
    const { asked, any } = overAll();
    const attempts = new LoginAttempts({ any }, { name: "a", most: 3, window: 60 });
    for (let time = 0; time < 100; time += 1) expect(await waitOf(attempts, "k")).toBeGreaterThan(50);
    expect(asked.times).toBe(1);
  });

  test("is one of ten thousand that are remembered, and no more", async () => {
    const { asked, any } = overAll();
    const attempts = new LoginAttempts({ any }, { name: "a", most: 3, window: 60 });
    for (let key = 0; key < 10_001; key += 1) await waitOf(attempts, `k-${key}`);
    asked.times = 0;
    await waitOf(attempts, "k-10000");
    expect(asked.times).toBe(0);
    await waitOf(attempts, "k-0");
    expect(asked.times).toBe(1);
  });
});

describe("in PostgreSQL", () => {
  let db: Database;
  beforeAll(async () => {
    db = new Database({
      connectionString: await createDatabase(),
      maxConnections: 4,
      poolTimeout: 5,
      breaker: new Breaker({ name: "PostgreSQL", failures: 5, pause: 1_000, report: () => undefined }),
      silent: () => false,
      whenSilent: 5_000,
      onIdleError: () => undefined,
    });
  });
  afterAll(() => db.close());

  test("failures count up to the bound, at once too, and are forgotten when their time is over", async () => {
    const [here, there] = [1, 2].map(() => new LoginAttempts(db, { name: "t", most: 4, window: 4 }));
    if (here === undefined || there === undefined) throw new Error("two are needed");
    await Promise.all([here.fail("k"), there.fail("k"), here.fail("k")]);
    expect(await waitOf(here, "k")).toBe(0);
    await there.fail("k");
    expect(await waitOf(here, "k")).toBeGreaterThan(0);
    expect(await waitOf(here, "other")).toBe(0);
    await eventually("the time is over", async () => (await waitOf(here, "k")) === 0);
    expect(await waitOf(there, "k")).toBe(0);
  });

  test("what is forgotten may fail as often as before", async () => {
    const attempts = new LoginAttempts(db, { name: "f", most: 2, window: 60 });
    await attempts.fail("k");
    await attempts.fail("k");
    expect(await waitOf(attempts, "k")).toBeGreaterThan(0);
    await attempts.forget("k");
    expect(await waitOf(attempts, "k")).toBe(0);
  });
});
