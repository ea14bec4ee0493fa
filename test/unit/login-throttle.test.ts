import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { pino } from "pino";
import { LoginThrottle } from "../../src/auth/login/throttle.ts";
import { Database } from "../../src/database/database.ts";
import { CircuitBreaker } from "../../src/resilience/circuit-breaker.ts";
import { LoginAttempts } from "../../src/store/login-attempts.ts";
import { createDatabase } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";

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
  await db.none("INSERT INTO users (name, folded_name, spellings) VALUES ('alice', 'alice', ARRAY['alice'])");
});
afterAll(() => db.close());

test("admits a name with a previous login before waiting names without one", async () => {
  // At most three logins at once, two of them for names without a previous login.
  const count = new LoginAttempts(db, { perAccount: 0, perAddress: 0, perGateway: 3 }, "gateway.example.org");
  const asked: string[] = [];
  const ends = new Map<string, () => void>();
  const throttle = new LoginThrottle(count, pino({ level: "silent" }));
  const logIn = async (name: string) => {
    const address = "192.0.2.1";
    const request = {
      authorization: `Basic ${name}`,
      name,
      replacesRevoked: false,
      requestId: name,
      address,
    };
    const settle = await throttle.reserve(request);
    asked.push(name);
    await new Promise<void>((resolve) => ends.set(name, resolve));
    await settle("unknown");
  };

  const logins = ["one", "two"].map(logIn);
  await eventually("Katello is asked about two", () => asked.length === 2);
  logins.push(logIn("three"), logIn("four"));
  logins.push(logIn("alice"));
  await eventually("Katello is asked about alice", () => asked.includes("alice"));
  expect(asked).toEqual(["one", "two", "alice"]);

  for (let ended = 0; ended < logins.length; ended += 1) {
    await eventually("Katello is asked about the next", () => asked.length > ended);
    ends.get(asked[ended] ?? "")?.();
  }
  await Promise.all(logins);
  expect(asked).toEqual(["one", "two", "alice", "three", "four"]);
});
