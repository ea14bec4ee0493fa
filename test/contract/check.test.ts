import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { check } from "../../src/check/check.ts";
import { migrationNames } from "../../src/database/schema.ts";
import { withDatabase } from "../../src/settings/connection-string.ts";
import { readSettings } from "../../src/settings/load.ts";
import { createDatabase, query } from "../support/database.ts";
import {
  settingsFor,
  startTestGateway,
  type TestGateway,
  testFolder,
  writeSettings,
} from "../support/gateway.ts";

let world: TestGateway;
let database = "";
beforeAll(async () => {
  world = await startTestGateway();
  database = await createDatabase();
});
afterAll(() => world.stop());

const settings = (more: Record<string, unknown> = {}) =>
  writeSettings({
    ...settingsFor(world.katello.origin, world.pulp.origin, database, `${world.socket}.other`),
    ...more,
  });

describe("check", () => {
  const findings = async (more: Record<string, unknown> = {}) =>
    Object.fromEntries(
      (await check(readSettings(settings(more), {}))).map(({ subject, level, text, advice }) => [
        subject.split(" ")[0],
        [level, `${text}: ${advice}`.replace(/: $/, "")],
      ]),
    );

  test("reports every setting as valid at a working site", async () => {
    const found = await check(readSettings(settings(), {}));
    expect(found.map(({ subject }) => subject.split(" ")[0])).toEqual([
      "ssl_certificate",
      "foreman_ssl_cert",
      "ssl_ca_file",
      "rhsm_ca_file",
      "foreman_ssl_ca",
      "ssl_private_key",
      "foreman_ssl_key",
      "administration",
      "listen",
      "listen",
      "listen",
      "admin_listen",
      "listen_backlog",
      "PostgreSQL",
      "Pulp",
      "Katello",
      "Katello's",
      "Katello's",
    ]);
    for (const finding of found) expect(finding).toMatchObject({ level: "ok", advice: "" });
  });

  test("reports a listen_backlog that the kernel does not allow", async () => {
    const { listen_backlog: found } = await findings({ listen_backlog: 65_535 });
    const allowed = Number(readFileSync("/proc/sys/net/core/somaxconn", "utf8"));
    expect(found).toEqual(
      allowed < 65_535
        ? ["warning", expect.stringMatching(/raise net.core.somaxconn to 65535/)]
        : ["ok", expect.stringMatching(/65535 connections/)],
    );
  });

  test("shows no password", async () => {
    const found = await findings({ db_connection_string: "postgresql://nobody:pw-9q@127.0.0.1:9/x" });
    expect(found.PostgreSQL).toEqual(["error", expect.stringMatching(/refuses the connection/)]);
    expect(JSON.stringify(found)).not.toMatch("pw-9q");
  });

  test.each([
    [["unix:/run/a.sock", "unix:/run/b.sock"], ["unix:/run/a.sock"], ["ok", "by unix socket /run/b.sock"]],
    [["systemd:unix"], [], ["ok", "by unix socket of systemd"]],
    [
      ["unix:/run/a.sock", "http://127.0.0.1:0"],
      ["unix"],
      ["error", expect.stringMatching(/need https with/)],
    ],
    [["unix:/run/a.sock"], ["unix:/run/a.sock"], ["error", expect.stringMatching(/a unix listener that/)]],
  ])(
    "names the listeners of %j that Katello may call when trusted_proxies is %j",
    async (listen, trusted_proxies, said) => {
      expect((await findings({ listen, trusted_proxies })).administration).toEqual(said);
    },
  );

  test.each([
    [["192.0.2.1"], [], ["ok", expect.stringMatching(/connections from 192.0.2.1 must begin/)]],
    [["0.0.0.0/0"], [], ["error", expect.stringMatching(/anybody can claim any address/)]],
    [["192.0.2.1"], ["192.0.2.1"], ["warning", expect.stringMatching(/in trusted_proxies, too/)]],
  ])(
    "knows what is wrong with proxy_protocol_from %j and trusted_proxies %j",
    async (proxy_protocol_from, trusted_proxies, said) => {
      expect((await findings({ proxy_protocol_from, trusted_proxies })).load).toEqual(said);
    },
  );

  test("checks the path of the audit log", async () => {
    const { audit_log } = await findings({ audit_log: join(testFolder(), "audit.log") });
    expect(audit_log).toEqual(["ok", "can be created"]);
  });

  test.each([
    ["", []],
    [", where this machine is a load balancer", ["127.0.0.1"]],
  ])("says that the gateway itself seems to run on its addresses%s", async (_, proxy_protocol_from) => {
    const more = { proxy_protocol_from };
    const running = await startTestGateway({ settings: more });
    const listen = [running.https, running.http, `unix:${running.socket}`];
    const found = await check(readSettings(settings({ listen, ...more }), {}));
    await running.stop();
    const addresses = found.filter(
      ({ setting, subject }) => setting === "listen" && subject !== "administration",
    );
    expect(addresses).toHaveLength(3);
    for (const finding of addresses)
      expect(finding).toMatchObject({ level: "ok", text: expect.stringMatching(/in use by a gateway/) });
  });

  test("lists the pending migrations without changing the database", async () => {
    const database = await createDatabase("template0");
    const tables = () => query(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
    const { PostgreSQL } = await findings({ db_connection_string: database });
    expect(PostgreSQL).toEqual([
      "ok",
      expect.stringContaining(
        `${migrationNames().length} migrations are pending, which \`serve\` and \`migrate\` run`,
      ),
    ]);
    expect(await tables()).toEqual([]);
    const none = withDatabase(database, "not-there-yet");
    expect((await findings({ db_connection_string: none })).PostgreSQL).toEqual([
      "ok",
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
      expect(await refused()).toEqual(["error", expect.stringMatching(/may not create tables/)]);
      await query(database, `GRANT CREATE ON SCHEMA public TO ${role}`);
      expect(await refused()).toEqual([
        "error",
        expect.stringMatching(/tables in .* belong to \w+, .*: connect as/),
      ]);
    } finally {
      await query(database, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

  test("reports a db_listen_connection_string to another database", async () => {
    const elsewhere = { db_listen_connection_string: await createDatabase() };
    expect((await findings(elsewhere)).PostgreSQL).toEqual([
      "error",
      expect.stringMatching(/do not arrive: set db_listen_connection_string/),
    ]);
  });
});
