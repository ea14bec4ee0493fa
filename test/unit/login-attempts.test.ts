import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Database } from "../../src/database/database.ts";
import { CircuitBreaker } from "../../src/resilience/circuit-breaker.ts";
import { LoginAttempts, type LoginBounds } from "../../src/store/login-attempts.ts";
import { createDatabase } from "../support/database.ts";

const BOUNDS: LoginBounds = { perAccount: 3, perAddress: 6, perGateway: 9 };
const keys = (account: string, address = "1") => ({ account: `${account}@${address}`, address });

/** A database in which every key is over its limit; counts the queries. */
function overAll() {
  const asked = { times: 0 };
  const any = async <T>(_: string, values?: unknown): Promise<T[]> => {
    asked.times += 1;
    const [names] = Array.isArray(values) ? values : [];
    return JSON.parse(
      JSON.stringify([names].flat().map((key) => ({ key, admitted: false, failures: 99, seconds: 60 }))),
    );
  };
  const none = async () => null;
  const one = async <T>(): Promise<T> => JSON.parse("{}");
  return { asked, db: { any, none, one } };
}

describe("a key over its limit", () => {
  test("is queried once and then refused from the cache", async () => {
    const { asked, db } = overAll();
    const attempts = new LoginAttempts(db, BOUNDS);
    for (let time = 0; time < 100; time += 1)
      expect(await attempts.reserve(keys("a"), true)).toMatchObject({ kind: "refused", bound: "account" });
    expect(asked.times).toBe(1);
  });

  test("is evicted from the cache after ten thousand others", async () => {
    const { asked, db } = overAll();
    const attempts = new LoginAttempts(db, { perAccount: 3, perAddress: 0, perGateway: 0 });
    for (let key = 0; key < 10_001; key += 1) await attempts.wait(keys(`k-${key}`));
    asked.times = 0;
    await attempts.wait(keys("k-10000"));
    expect(asked.times).toBe(0);
    await attempts.wait(keys("k-0"));
    expect(asked.times).toBe(1);
  });
});

describe("login attempts in PostgreSQL", () => {
  let db: Database;
  beforeAll(async () => {
    db = new Database({
      opening: Promise.resolve(),
      maxConnections: 4,
      poolTimeoutS: 5,
      breaker: new CircuitBreaker({
        name: "PostgreSQL",
        maxFailures: 5,
        probeIntervalMs: 1_000,
        report: () => undefined,
      }),
      unresponsive: () => false,
      unresponsiveTimeoutMs: 5_000,
      onIdleError: () => undefined,
    });
    db.open(await createDatabase());
  });
  afterAll(() => db.close());

  let hosts = 0;
  /** Returns two workers of a gateway that no other test uses. */
  function workers(bounds = BOUNDS): [LoginAttempts, LoginAttempts] {
    hosts += 1;
    const host = `gateway-${hosts}.example.org`;
    return [new LoginAttempts(db, bounds, host), new LoginAttempts(db, bounds, host)];
  }
  const kindOf = async (attempts: LoginAttempts, account: string, address?: string, known = true) =>
    (await attempts.reserve(keys(account, address), known)).kind;
  async function fail(attempts: LoginAttempts, times: number, account: string, address?: string) {
    for (let time = 0; time < times; time += 1) {
      expect(await kindOf(attempts, account, address)).toBe("admitted");
      await attempts.finish(keys(account, address), "failed");
    }
  }

  test("count logins in progress across workers until they end", async () => {
    const [here, there] = workers();
    expect(await kindOf(here, "a", "2")).toBe("admitted");
    expect(await kindOf(there, "a", "2")).toBe("admitted");
    expect(await kindOf(here, "a", "2")).toBe("admitted");
    expect(await there.reserve(keys("a", "2"), true)).toEqual({ kind: "busy", bound: "account" });
    await here.finish(keys("a", "2"), "unknown");
    expect(await kindOf(there, "a", "2")).toBe("admitted");
  });

  test("admit no more concurrent logins than may fail", async () => {
    const [here, there] = workers();
    const all = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        (index % 2 === 0 ? here : there).reserve(keys(`n-${index}`, "3"), true),
      ),
    );
    expect(all.filter(({ kind }) => kind === "admitted").length).toBeLessThanOrEqual(6);
    expect(all.filter(({ kind }) => kind === "admitted").length).toBeGreaterThan(0);
  });

  test("refuse an account at an address after too many failures, and reset the count on success", async () => {
    const [here, there] = workers();
    await fail(here, 2, "b", "4");
    await here.reserve(keys("b", "4"), true);
    await here.finish(keys("b", "4"), "succeeded");
    await fail(there, 3, "b", "4");
    expect(await here.reserve(keys("b", "4"), true)).toMatchObject({ kind: "refused", bound: "account" });
    expect(await there.wait(keys("b", "4"))).toBeGreaterThan(200);
    expect(await kindOf(here, "b", "5")).toBe("admitted");
  });

  test("refuse an address after too many failures of any account", async () => {
    const [here] = workers();
    for (const account of ["c", "d"]) await fail(here, 3, account, "6");
    expect(await here.reserve(keys("e", "6"), true)).toMatchObject({ kind: "refused", bound: "address" });
  });

  test("refuse new names first, then every name, after failures at a gateway, and count each gateway separately", async () => {
    const [here, there] = workers();
    const [other] = workers();
    for (const address of ["7", "8"]) await fail(here, 3, "f", address);
    const unknown = await there.reserve(keys("g", "9"), false);
    expect(unknown).toMatchObject({ kind: "refused", bound: "gateway" });
    await fail(there, 3, "f", "9");
    expect(await here.reserve(keys("g", "10"), true)).toMatchObject({ kind: "refused", bound: "gateway" });
    expect(await kindOf(other, "g", "10")).toBe("admitted");
  });

  test("reset the failures of a gateway five minutes after the last one, as Foreman does", async () => {
    const [here] = workers();
    await fail(here, 1, "h", "11");
    await db.none("UPDATE login_attempts SET forgotten_at = now() + interval '5 seconds' WHERE failures > 0");
    await fail(here, 1, "i", "12");
    const { seconds } = await db.one<{ seconds: number }>(
      `SELECT extract(epoch FROM max(forgotten_at) FILTER (WHERE key LIKE 'gateway:%') - now())::float8 AS seconds
         FROM login_attempts WHERE failures = 2`,
    );
    expect(seconds).toBeGreaterThan(250);
    const { account } = await db.one<{ account: number }>(
      `SELECT extract(epoch FROM forgotten_at - now())::float8 AS account FROM login_attempts WHERE key = 'account:h@11'`,
    );
    expect(account).toBeLessThan(6);
  });

  test("drop expired failures and abandoned logins from the count", async () => {
    const [here, there] = workers();
    await fail(here, 3, "j", "13");
    for (let time = 0; time < 3; time += 1) await here.reserve(keys("k", "14"), true);
    expect(await kindOf(there, "k", "14")).toBe("busy");
    await db.none("UPDATE login_attempts SET forgotten_at = now(), abandoned_at = now()");
    await fail(there, 3, "j", "13");
    await fail(there, 3, "k", "14");
  });
});

test("asks PostgreSQL once about logins at the same time, and tells each its own lockout", async () => {
  const asked: unknown[] = [];
  const rows = [
    { key: "account:a2@2", admitted: false, failures: BOUNDS.perAccount, seconds: 40 },
    { key: "address:3", admitted: false, failures: BOUNDS.perAddress - 1, seconds: 50 },
  ];
  const any = async <T>(_: string, values?: unknown): Promise<T[]> => {
    asked.push(values);
    return JSON.parse(JSON.stringify(rows));
  };
  const attempts = new LoginAttempts({ ...overAll().db, any }, BOUNDS);
  const waits = [keys("a1", "1"), keys("a2", "2"), keys("a3", "3")].map((one) => attempts.wait(one));
  expect(await Promise.all(waits)).toEqual([0, 40, 0]);
  const all = ["account:a1@1", "address:1", "account:a2@2", "address:2", "account:a3@3", "address:3"];
  expect(asked).toEqual([[all]]);
});
