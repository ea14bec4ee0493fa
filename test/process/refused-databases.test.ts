import { randomBytes } from "node:crypto";
import { appendFile, chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startEmbeddedPostgres } from "../../src/database/embedded/embedded.ts";
import { EMBEDDED_DATABASE } from "../../src/database/embedded/roles.ts";
import { migrationNames } from "../../src/database/schema.ts";
import { withDatabase } from "../../src/settings/connection-string.ts";
import { startCommand } from "../support/command.ts";
import { createDatabase, query } from "../support/database.ts";
import { settingsFor, writeSettings } from "../support/gateway.ts";
import { PLUGIN } from "../support/plugin.ts";

/** Time within which a command ends once it has found that a database can't be used. */
const END_MS = 5_000;

const clean: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const work of clean.reverse()) await work();
});

const randomName = (): string => `r_${randomBytes(6).toString("hex")}`;

const settings = (db_connection_string: string, more: Record<string, unknown> = {}): string =>
  writeSettings({
    ...settingsFor("https://127.0.0.1:9", "https://127.0.0.1:9", db_connection_string, ""),
    listen: ["http://127.0.0.1:0"],
    ...more,
  });

/** The same database as another role. */
function as(role: string, database: string): string {
  const url = new URL(database);
  url.searchParams.set("user", role);
  return url.href;
}

async function createRole(attributes = ""): Promise<string> {
  const role = randomName();
  const postgres = withDatabase(await createDatabase("template0"), "postgres");
  await query(postgres, `CREATE ROLE ${role} LOGIN ${attributes}`);
  clean.push(() => query(postgres, `DROP ROLE ${role}`));
  return role;
}

async function filled(sql: string, from: "template0" | "template_gateway" = "template0"): Promise<string> {
  const database = await createDatabase(from);
  await query(database, sql);
  return database;
}

/** All that a command could change in a database. */
const contents = async (database: string) => ({
  columns: await query(
    database,
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2",
  ),
  rows: await query(
    database,
    "SELECT query_to_xml(format('TABLE %I', tablename), true, true, '')::text FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
  ),
});

/** A PostgreSQL that replays the log of a primary that is gone. */
let standby = "";
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "cgw-standby-"));
  await chmod(folder, 0o755);
  const server = await startEmbeddedPostgres(join(folder, "data"));
  await server.stop();
  const cluster = join(folder, "data", "postgresql");
  await writeFile(join(cluster, "standby.signal"), "");
  await appendFile(join(cluster, "postgresql.auto.conf"), "hot_standby = on\n");
  await server.start();
  standby = server.connectionString(EMBEDDED_DATABASE);
  clean.push(
    () => rm(folder, { recursive: true, force: true }),
    () => server.stop(),
  );
});

const LAST = migrationNames().at(-1);

/** Databases that no waiting makes usable: how each is made, and what the operator reads about it. */
const REFUSED: [string, () => Promise<string>, RegExp][] = [
  [
    "a role that may not create tables",
    async () => as(await createRole(), await createDatabase("template0")),
    /^the role r_\w+ may not create tables in the schema public of the database t_\w+: as its owner, run GRANT CREATE/m,
  ],
  [
    "a migration of tables that belong to another role",
    async () => {
      const role = await createRole();
      const sql = `DELETE FROM migrations WHERE name = '${LAST}'; GRANT SELECT ON migrations TO ${role}; GRANT CREATE ON SCHEMA public TO ${role}`;
      const database = await filled(sql, "template_gateway");
      clean.push(() => query(database, `DROP OWNED BY ${role}`));
      return as(role, database);
    },
    /^tables in the database t_\w+ belong to \w+, and r_\w+ may not change them: connect as the role that owns them$/m,
  ],
  [
    "a wrong password",
    async () => {
      const url = new URL(as("with_password", await createDatabase("template0")));
      url.searchParams.set("password", "wrong-9q");
      return url.href;
    },
    /^the database can't be used: see the setting db_connection_string \(password authentication failed for user "with_password"\)$/m,
  ],
  [
    "a role that is not there",
    async () => as("nobody_7", await createDatabase("template0")),
    /^the database can't be used: see the setting db_connection_string \(role "nobody_7" does not exist\)$/m,
  ],
  [
    "a database that is not there, and a role that may not create it",
    async () => as(await createRole(), withDatabase(await createDatabase("template0"), "not_there")),
    /^the database not_there does not exist and can't be created: .* \(permission denied to create database\)$/m,
  ],
  [
    "a hot standby",
    async () => standby,
    /^the database container_gateway is a read-only standby: set db_connection_string to the primary server$/m,
  ],
  [
    "a database that is read-only by a setting",
    async () => {
      const database = await createDatabase("template0");
      const name = new URL(database).pathname.slice(1);
      await query(
        withDatabase(database, "postgres"),
        `ALTER DATABASE ${name} SET default_transaction_read_only = on`,
      );
      return database;
    },
    /^the database t_\w+ is read-only for the role \w+: see default_transaction_read_only$/m,
  ],
  [
    "the plugin's database",
    () =>
      filled(`${PLUGIN} INSERT INTO authentication_tokens (token_checksum, expire_at) VALUES ('abc', now())`),
    /^the database t_\w+ belongs to the plugin smart_proxy_container_gateway, and was not changed: run `container-gateway adopt` .* `container-gateway migrate --adopt`$/m,
  ],
  [
    "the plugin's database of version 1",
    () =>
      filled(
        "CREATE TABLE schema_info (version integer); CREATE TABLE unauthenticated_repositories (id serial, name text)",
      ),
    /belongs to the plugin/,
  ],
  [
    "the plugin's database before its first migration",
    () => filled("CREATE TABLE schema_info (version integer)"),
    /belongs to the plugin/,
  ],
  [
    "a database that a newer version has migrated",
    () =>
      filled(
        "INSERT INTO migrations (name, run_on) VALUES ('/29990101000000-future', now()); COMMENT ON TABLE migrations IS 'container-gateway 9.9.0'",
        "template_gateway",
      ),
    /^the database t_\w+ was migrated by a newer version \(29990101000000-future\), and was not changed: install container-gateway 9.9.0 or later, or restore the backup/m,
  ],
  [
    "a database that a newer version has migrated so that this one does not work with it",
    () =>
      filled(
        "INSERT INTO migrations (name, run_on) VALUES ('/29990101000000-future', now()); COMMENT ON TABLE migrations IS 'container-gateway 9.9.0, for 9.8.0 or later'",
        "template_gateway",
      ),
    /^the database t_\w+ was migrated by a newer version \(29990101000000-future\), and was not changed: install container-gateway 9.9.0 or later, or restore the backup/m,
  ],
  [
    "tables with the names of the gateway's but other columns",
    () => filled("CREATE TABLE hosts (id serial, name text); CREATE TABLE users (id serial, login text)"),
    /^the database t_\w+ has tables of another program \(hosts, users\), and was not changed: set db_connection_string/m,
  ],
  [
    "the migrations of another program of the same library",
    () =>
      filled(
        "CREATE TABLE migrations (id serial, name text, run_on timestamp); INSERT INTO migrations (name, run_on) VALUES ('/20200101000000-orders', now())",
      ),
    /tables of another program \(migrations\)/,
  ],
  [
    "a table of migrations in another form",
    () => filled("CREATE TABLE migrations (id serial, migration text, batch int)"),
    /tables of another program \(migrations\)/,
  ],
  [
    "the database of a program with tables of other names",
    () => filled("CREATE TABLE core_task (id serial); CREATE TABLE container_blob (id serial)"),
    /tables of another program \(container_blob, core_task\)/,
  ],
];

describe.each(REFUSED)("%s", (_, make, said) => {
  let database = "";
  beforeAll(async () => {
    database = await make();
  });

  test.each(["serve", "migrate"])("ends %s with an error within 5 s, and is not changed", async (command) => {
    const before = await contents(database).catch(() => undefined);
    const { ended, said: output } = startCommand(command, "--config", settings(database));
    expect(await ended).toBe(1);
    const endedAt = Date.now();
    expect(output()).toMatch(said);
    expect(output()).not.toMatch(/ {4}at |wrong-9q/);
    const listening = /"time":"([^"]+)".*"msg":"listening"/.exec(output())?.[1] ?? "";
    if (command === "serve") expect(endedAt - Date.parse(listening)).toBeLessThan(END_MS);
    expect(await contents(database).catch(() => undefined)).toEqual(before);
  });
});

test("workers end, all of them, when one has found that the database can't be used", async () => {
  const config = settings(await filled(PLUGIN), { workers: 2 });
  const { ended, said } = startCommand("serve", "--config", config);
  expect(await ended).toBe(1);
  expect(said().match(/^.*belongs to the plugin/gm)).toHaveLength(1);
  expect(said()).not.toMatch("worker died");
});

test("migrate --adopt adopts the plugin's database, beside tables that are nobody's business", async () => {
  const database = await filled(
    `${PLUGIN} CREATE TABLE notes (id int); INSERT INTO users (name) VALUES ('alice')`,
  );
  const adopt = startCommand("migrate", "--adopt", "--config", settings(database));
  expect([await adopt.ended, adopt.said()]).toEqual([
    0,
    expect.stringMatching(/the database is up to date\n$/),
  ]);
  expect(await query(database, "SELECT name FROM users")).toEqual([{ name: "alice" }]);
  const [comment] = await query(
    database,
    "SELECT obj_description('migrations'::regclass, 'pg_class') AS text",
  );
  expect(comment).toEqual({
    text: expect.stringMatching(/^container-gateway \d+\.\d+\.\d+, for \d+\.\d+\.\d+ or later$/),
  });
  const again = startCommand("migrate", "--config", settings(database));
  expect([await again.ended, again.said()]).toEqual([0, "the database is up to date\n"]);
});

test("migrate --adopt refuses another program's database as well", async () => {
  const database = await filled("CREATE TABLE users (id serial, login text)");
  const { ended, said } = startCommand("migrate", "--adopt", "--config", settings(database));
  expect([await ended, said()]).toEqual([1, expect.stringMatching(/tables of another program \(users\)/)]);
});

test("a role that may not create tables serves a database that is up to date", async () => {
  const role = await createRole();
  const sql = `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role}`;
  const database = await filled(sql, "template_gateway");
  clean.push(() => query(database, `DROP OWNED BY ${role}`));
  const { ended, said } = startCommand("migrate", "--config", settings(as(role, database)));
  expect([await ended, said()]).toEqual([0, "the database is up to date\n"]);
});

test("a database that a newer version has migrated is used, and not changed, if this version works with it", async () => {
  const comment = "container-gateway 9.9.0, for 0.1.0 or later";
  const database = await filled(
    `INSERT INTO migrations (name, run_on) VALUES ('/29990101000000-future', now()); COMMENT ON TABLE migrations IS '${comment}'`,
    "template_gateway",
  );
  const { ended, said } = startCommand("migrate", "--config", settings(database));
  expect([await ended, said()]).toEqual([0, "the database is up to date\n"]);
  expect(
    await query(database, "SELECT obj_description('migrations'::regclass, 'pg_class') AS comment"),
  ).toEqual([{ comment }]);
});

test("DATABASE_URL in the environment does not lead the migrations to another database", async () => {
  const [database, other] = [await createDatabase("template0"), await createDatabase("template0")];
  const { ended } = startCommand("migrate", "--config", settings(database), { DATABASE_URL: other });
  expect(await ended).toBe(0);
  expect((await contents(other)).columns).toEqual([]);
  expect((await contents(database)).columns).not.toEqual([]);
});
