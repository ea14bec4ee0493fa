import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { openDatabase } from "../../src/database/index.ts";
import { callAt, readinessAt } from "../support/calls.ts";
import { type Command, startCommand } from "../support/command.ts";
import { createDatabase, query } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { settingsFor, writeSettings } from "../support/gateway.ts";
import { PLUGIN } from "../support/plugin.ts";
import { type StartingPostgres, startingPostgres } from "../support/starting-postgres.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const settings = (db_connection_string: string, more: Record<string, unknown> = {}): string =>
  writeSettings({
    ...settingsFor("https://127.0.0.1:9", "https://127.0.0.1:9", db_connection_string, ""),
    listen: ["http://127.0.0.1:0"],
    serve_before_first_sync: true,
    ...more,
  });

function start(command: "serve" | "migrate", config: string): Command {
  const started = startCommand(command, "--config", config);
  closers.push(async () => {
    started.child.kill("SIGKILL");
    await started.ended;
  });
  return started;
}

/** Resolves to the gateway's URL once it listens, with as many workers. */
async function listening({ child, said }: Command, workers = 1): Promise<string> {
  await eventually(
    "the gateway listens",
    () => {
      if (child.exitCode !== null) throw new Error(said());
      return said().split('"msg":"listening"').length > workers;
    },
    60,
  );
  return /"url":"(http:[^"]+)"/.exec(said())?.[1] ?? "";
}

const tables = (database: string) =>
  query(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
const workersOf = ({ child }: Command): string =>
  execFileSync("pgrep", ["-P", String(child.pid)], { encoding: "utf8" });

/** Expects that a gateway without its database lives, and replies 503 to what needs it. */
async function expectUnready(url: string): Promise<void> {
  await callAt(url, async (gateway) => {
    expect((await gateway.getHealth()).response.status).toBe(200);
    const { error, response } = await gateway.getReadiness();
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(error).toMatchObject({ status: "unavailable", database: "down" });
  });
  const path = { name: "org/app", reference: "latest" };
  for (const token of [undefined, "some-token"])
    await callAt(
      url,
      async (gateway) => {
        const replies = [
          await gateway.getManifest({ params: { path } }),
          ...(token === undefined ? [] : [await gateway.getCatalog()]),
          await gateway.getSearch({ params: { query: { q: "app" } } }),
        ];
        for (const { response } of replies)
          expect([response.status, response.headers.get("retry-after")]).toEqual([503, "2"]);
      },
      token === undefined ? {} : { token },
    );
}

const isReady = async (url: string): Promise<boolean> => (await readinessAt(url)) === 200;

async function startingDatabase(): Promise<StartingPostgres> {
  const postgres = startingPostgres(await createDatabase("template0"));
  closers.push(() => postgres.close());
  return postgres;
}

describe("a PostgreSQL that starts after the gateway", () => {
  test.each([1, 2])(
    "is waited for by %d workers, which listen meanwhile",
    async (workers) => {
      const postgres = await startingDatabase();
      const gateway = start("serve", settings(postgres.url, { workers }));
      const url = await listening(gateway, workers);
      const pids = workers > 1 ? workersOf(gateway) : "";
      await eventually("it has been missed", () =>
        /waiting for PostgreSQL.*ENOENT|ENOENT.*waiting for PostgreSQL/.test(gateway.said()),
      );
      await expectUnready(url);
      await postgres.startUp();
      await eventually("it is seen starting up", () =>
        /database system is starting up.*waiting for PostgreSQL/.test(gateway.said()),
      );
      await expectUnready(url);
      postgres.serve();
      await eventually("the gateway is ready", () => isReady(url), 30);
      if (workers > 1) expect(workersOf(gateway)).toBe(pids);
      gateway.child.kill("SIGTERM");
      expect(await gateway.ended).toBe(0);
      expect(gateway.said()).not.toMatch("worker died");
      // Each reason is logged once, and not at each attempt.
      expect(gateway.said().split("waiting for PostgreSQL").length - 1).toBeLessThanOrEqual(2 * workers);
    },
    90_000,
  );

  test("is waited for by migrate", async () => {
    const postgres = await startingDatabase();
    const { ended, said } = start("migrate", settings(postgres.url));
    await eventually("it has been missed", () => said().includes("waiting for PostgreSQL: connect ENOENT"));
    const told = postgres.startUp();
    await told;
    postgres.serve();
    expect(await ended).toBe(0);
    expect(said()).toMatch(/the database is up to date\n$/);
  });

  test("may be the plugin's, and ends the gateway that has waited", async () => {
    const database = await createDatabase("template0");
    await query(database, PLUGIN);
    const postgres = startingPostgres(database);
    closers.push(() => postgres.close());
    const gateway = start("serve", settings(postgres.url, { workers: 2 }));
    await listening(gateway, 2);
    await postgres.startUp();
    postgres.serve();
    expect(await gateway.ended).toBe(1);
    expect(gateway.said()).toMatch("belongs to the plugin");
    expect(gateway.said()).not.toMatch("worker died");
  });

  test("is not waited for longer than db_start_timeout, and a SIGTERM ends the wait", async () => {
    const postgres = await startingDatabase();
    const late = start("serve", settings(postgres.url, { db_start_timeout: 1, workers: 2 }));
    expect(await late.ended).toBe(1);
    expect(late.said()).toMatch(/see the setting db_connection_string \(connect ENOENT/);
    const gateway = start("serve", settings(postgres.url));
    await listening(gateway);
    gateway.child.kill("SIGTERM");
    expect(await gateway.ended).toBe(0);
  });

  test("is not waited for with db_start_timeout: 0", async () => {
    const postgres = await startingDatabase();
    const { ended, said } = start("migrate", settings(postgres.url, { db_start_timeout: 0 }));
    expect(await ended).toBe(1);
    expect(said()).not.toMatch("waiting");
  });
});

describe("a query that comes before the database has been started", () => {
  const open = async (db_connection_string: string, reports: string[]) => {
    const settings = { data_dir: "/nowhere", db_max_connections: 3, db_pool_timeout: 5, outage_grace: 0 };
    const more = { db_start_timeout: 60, db_connection_string };
    const database = openDatabase({ ...settings, ...more }, (text) => void reports.push(text));
    closers.push(() => database.close());
    return database;
  };

  test("waits for a start that is quick, as a restart is", async () => {
    const database = await open(await createDatabase(), []);
    const answer = database.pool.any("SELECT 1 AS one");
    await database.start();
    expect(await answer).toEqual([{ one: 1 }]);
  });

  test("fails as soon as it is known that PostgreSQL is not there", async () => {
    const reports: string[] = [];
    const database = await open("postgresql://gateway@127.0.0.1:1/none", reports);
    const answer = database.pool.any("SELECT 1").catch((error: unknown) => error);
    const started = database.start().catch(() => undefined);
    expect(await answer).toMatchObject({ output: { statusCode: 503 } });
    expect(reports).toEqual(["waiting for PostgreSQL"]);
    await database.close();
    await started;
  });
});

test.each([
  ["connections are refused", "postgresql://gateway@127.0.0.1:1/none", /ECONNREFUSED/],
  ["the name of the server is unknown", "postgresql://gateway@nowhere.invalid/none", /ENOTFOUND|EAI_AGAIN/],
])("migrate waits while %s", async (_, url, reason) => {
  const { ended, said } = start("migrate", settings(url, { db_start_timeout: 1 }));
  expect(await ended).toBe(1);
  expect(said()).toMatch(/^waiting for PostgreSQL: /);
  expect(said()).toMatch(reason);
});

test("a certificate file that is missing is not waited for", async () => {
  const { ended, said } = start(
    "migrate",
    settings("postgresql://gateway@127.0.0.1:1/none?sslmode=verify-full&sslrootcert=/nowhere/ca.crt"),
  );
  expect(await ended).toBe(1);
  expect(said()).toMatch(/^the database can't be used: .*\/nowhere\/ca.crt/);
});

test.each([1, 2])(
  "a port in use ends %d workers before anything is changed in the database",
  async (workers) => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    closers.push(() => taken.close());
    const { port } = taken.address() as AddressInfo;
    const database = await createDatabase("template0");
    const config = settings(database, { workers, listen: [`http://127.0.0.1:${port}`] });
    const { ended, said } = start("serve", config);
    expect(await ended).toBe(1);
    expect(said()).toMatch(/can't listen: see the setting listen \(.*EADDRINUSE/);
    expect(await tables(database)).toEqual([]);
  },
);

test("while another gateway migrates the database, a gateway listens and waits", async () => {
  const database = await createDatabase("template0");
  const other = new pg.Client({ connectionString: database });
  await other.connect();
  closers.push(() => other.end());
  await other.query("SELECT pg_advisory_lock(7226319845)");
  const gateway = start("serve", settings(database));
  const url = await listening(gateway);
  await eventually("it waits", () => gateway.said().includes("waiting for another gateway"));
  await expectUnready(url);
  expect(await tables(database)).toEqual([]);
  await other.query("SELECT pg_advisory_unlock(7226319845)");
  await eventually("the gateway is ready", () => isReady(url));
});
