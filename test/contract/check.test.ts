import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { generate } from "selfsigned";
import { check } from "../../src/process/check.ts";
import { withDatabase } from "../../src/settings/connection-string.ts";
import { loadSettings } from "../../src/settings/load.ts";
import { createDatabase, query } from "../support/database.ts";
import {
  pem,
  settingsFor,
  startTestGateway,
  type TestGateway,
  testFolder,
  writeSettings,
} from "../support/gateway.ts";

let world: TestGateway;
beforeAll(async () => {
  world = await startTestGateway();
});
afterAll(() => world.stop());

const settings = async (more: Record<string, unknown> = {}) =>
  writeSettings({
    ...settingsFor(world.katello.origin, world.pulp.origin, await createDatabase(), `${world.socket}.other`),
    ...more,
  });

describe("check", () => {
  const findings = async (more: Record<string, unknown> = {}) =>
    Object.fromEntries(
      (await check(loadSettings(await settings(more), {}))).map(({ subject, ok: good, text }) => [
        subject.split(" ")[0],
        [good, text],
      ]),
    );

  test("reports every setting as valid at a working site", async () => {
    const found = await findings();
    expect(Object.keys(found)).toEqual([
      "ssl_certificate",
      "ssl_ca_file",
      "rhsm_ca_file",
      "foreman_ssl_ca",
      "foreman_ssl_cert",
      "pulp_client_ssl_ca",
      "pulp_client_ssl_cert",
      "administration",
      "listen_backlog",
      "PostgreSQL",
      "Pulp",
      "Katello",
      "Katello's",
    ]);
    for (const finding of Object.values(found)) expect(finding).toEqual([true, expect.any(String)]);
  });

  test("reports a listen_backlog that the kernel does not allow", async () => {
    const { listen_backlog: found } = await findings({ listen_backlog: 65_535 });
    const allowed = Number(readFileSync("/proc/sys/net/core/somaxconn", "utf8"));
    expect(found?.[1]).toMatch(allowed < 65_535 ? /raise net.core.somaxconn to 65535/ : /65535 connections/);
  });

  test("names the setting to correct", async () => {
    const stranger = (name: string) => world.socket.replace(/[^/]+$/, name);
    const found = await findings({
      db_connection_string: "postgresql://nobody:pw-9q@127.0.0.1:9/x",
      foreman_url: "https://127.0.0.1:9",
      pulp_client_ssl_cert: stranger("stranger.crt"),
      pulp_client_ssl_key: stranger("stranger.key"),
    });
    expect(found.PostgreSQL).toEqual([
      false,
      expect.stringMatching(/ECONNREFUSED.*see db_connection_string/),
    ]);
    expect(found.Pulp).toEqual([
      false,
      expect.stringMatching(/does not accept the certificate.*pulp_client_ssl_/),
    ]);
    expect(found.Katello).toEqual([false, expect.stringMatching(/can't be reached.*see foreman_url/)]);
    expect(JSON.stringify(found)).not.toMatch("pw-9q");
  });

  test.each([
    [["unix:/run/a.sock", "unix:/run/b.sock"], ["unix:/run/a.sock"], [true, "by unix socket /run/b.sock"]],
    [["systemd:unix"], [], [true, "by unix socket of systemd"]],
    [["unix:/run/a.sock", "http://127.0.0.1:0"], ["unix"], [false, expect.stringMatching(/need https with/)]],
    [["unix:/run/a.sock"], ["unix:/run/a.sock"], [false, expect.stringMatching(/a unix listener that/)]],
  ])(
    "names the listeners of %j that Katello may call when trusted_proxies is %j",
    async (listen, trusted_proxies, said) => {
      expect((await findings({ listen, trusted_proxies })).administration).toEqual(said);
    },
  );

  test("checks every certificate of a file, and the path of the audit log", async () => {
    const day = 24 * 60 * 60 * 1000;
    const { cert } = await generate([{ name: "commonName", value: "once.example.org" }], {
      keyType: "ec",
      notBeforeDate: new Date(Date.now() - 2 * day),
      notAfterDate: new Date(Date.now() - day),
    });
    const bundle = join(testFolder(), "bundle.crt");
    writeFileSync(bundle, `${pem("ca.crt")}\n${cert}`);
    const found = await findings({ foreman_ssl_ca: bundle, audit_log: "/nowhere/audit.log" });
    expect(found.foreman_ssl_ca).toEqual([
      false,
      expect.stringMatching(/^CN=once.example.org expired on .*: renew it$/),
    ]);
    expect(found.audit_log).toEqual([false, expect.stringMatching(/ENOENT.*: see audit_log$/)]);
    const { audit_log } = await findings({ audit_log: join(testFolder(), "audit.log") });
    expect(audit_log).toEqual([true, "can be created"]);
  });

  test("lists the pending migrations without changing the database", async () => {
    const database = await createDatabase("template0");
    const tables = () => query(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
    const { PostgreSQL } = await findings({ db_connection_string: database });
    expect(PostgreSQL).toEqual([true, expect.stringMatching(/7 migrations are pending.*migrate/)]);
    expect(await tables()).toEqual([]);
    const none = withDatabase(database, "not-there-yet");
    expect((await findings({ db_connection_string: none })).PostgreSQL).toEqual([
      true,
      expect.stringMatching(/create the database not-there-yet/),
    ]);
    await expect(query(none, "SELECT 1")).rejects.toMatchObject({ code: "3D000" });
  });

  test("reports an account that can't migrate the database", async () => {
    const database = await createDatabase();
    await query(database, "DELETE FROM migrations WHERE name = (SELECT max(name) FROM migrations)");
    const role = `r_${randomBytes(6).toString("hex")}`;
    await query(database, `CREATE ROLE ${role} LOGIN; GRANT SELECT ON migrations TO ${role}`);
    const as = new URL(database);
    as.searchParams.set("user", role);
    as.username = as.searchParams.has("host") ? "" : role;
    const refused = async () => (await findings({ db_connection_string: as.href })).PostgreSQL;
    try {
      expect(await refused()).toEqual([false, expect.stringMatching(/may not create tables/)]);
      await query(database, `GRANT CREATE ON SCHEMA public TO ${role}`);
      expect(await refused()).toEqual([
        false,
        expect.stringMatching(/tables in .* belong to \w+, .*: connect as/),
      ]);
    } finally {
      await query(database, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

  test("reports a db_listen_connection_string to another database", async () => {
    const elsewhere = { db_listen_connection_string: await createDatabase() };
    expect((await findings(elsewhere)).PostgreSQL).toEqual([
      false,
      expect.stringMatching(/do not arrive: set db_listen_connection_string/),
    ]);
  });
});
