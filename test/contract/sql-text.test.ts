/** Values from clients are never part of SQL, even if the server reads backslashes in strings as escapes. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Database } from "../../src/database/database.ts";
import { named } from "../../src/database/named-parameters.ts";
import { CircuitBreaker } from "../../src/resilience/circuit-breaker.ts";
import { databaseName } from "../../src/settings/connection-string.ts";
import { caller, client } from "../support/client.ts";
import { createDatabase, query } from "../support/database.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { get } from "../support/operations.ts";

const PRIVATE = "org/private-app";
/** End a string if a backslash is an escape, and would reveal private repositories. */
const ESCAPES = ["\\') > 0 OR true) --", "\\' OR true) --", "\\'), 1) > 0 OR true --", "x\\"];

let database = "";
let world: TestGateway;
beforeAll(async () => {
  database = await createDatabase();
  await query(
    database,
    `ALTER ROLE current_user IN DATABASE ${databaseName(database)} SET standard_conforming_strings = off`,
  );
  world = await startTestGateway({ database });
});
afterAll(() => world.stop());

describe("with standard_conforming_strings off for the role", () => {
  test("new connections have it off", async () => {
    const [row] = await query(database, "SHOW standard_conforming_strings");
    expect(row).toEqual({ standard_conforming_strings: "off" });
  });

  test.each(ESCAPES)("a search for %j finds no private repository", async (text) => {
    const { status, text: said } = await caller(world)(get.search({ q: text }));
    expect([status, said.includes(PRIVATE)]).toEqual([200, false]);
  });

  test.each(ESCAPES)("%j as login, password or token is rejected", async (text) => {
    const basic = (name: string, password: string) =>
      `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
    for (const authorization of [basic(text, "secret"), basic("alice", text), `Bearer ${text}`]) {
      const call = authorization.startsWith("Bearer") ? get.tags(PRIVATE) : get.token();
      const { status } = await caller(world)(call, { authorization });
      expect([400, 401, 429]).toContain(status);
    }
  });

  test("a sync stores a name with a backslash unchanged", async () => {
    const body = { users: [{ "back\\'slash": [{ repository: "org/public-app", auth_required: false }] }] };
    const { response } = await client(world, { via: "unix" }).putUserGrants({ body });
    expect(response.status).toBe(200);
    expect(await world.sql("SELECT name FROM users WHERE name LIKE 'back%'")).toEqual([
      { name: "back\\'slash" },
    ]);
  });
});

describe("the connection pool", () => {
  let db: Database;
  beforeAll(() => {
    db = new Database({
      opening: Promise.resolve(),
      maxConnections: 2,
      poolTimeoutS: 5,
      breaker: new CircuitBreaker({
        name: "PostgreSQL",
        maxFailures: 2,
        probeIntervalMs: 1,
        report: () => undefined,
      }),
      onIdleError: () => undefined,
      unresponsive: () => false,
      unresponsiveTimeoutMs: 1_000,
    });
    db.open(database);
  });
  afterAll(() => db.close());

  test("sets standard_conforming_strings on in each connection", async () => {
    const shown = () =>
      db.one("SELECT current_setting('standard_conforming_strings') AS said, pg_sleep(0.1)");
    for (const row of await Promise.all([shown(), shown()])) expect(row).toMatchObject({ said: "on" });
  });

  test("sends values apart from the SQL", async () => {
    const said = "what a client's \\' is";
    const own = "SELECT query, $1::text AS said FROM pg_stat_activity WHERE pid = pg_backend_pid()";
    expect(await db.one(own, [said])).toEqual({ query: own, said });
    const [text, values] = named(own.replace("$1", "$<said>"), { said, other: 1 });
    expect(await db.one(text, values)).toEqual({ query: own, said });
  });
});
