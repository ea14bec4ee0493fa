import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { generate } from "selfsigned";
import { check } from "../../src/process/check.ts";
import { withDatabase } from "../../src/settings/connection-string.ts";
import { loadSettings } from "../../src/settings/load.ts";
import { startCommand } from "../support/command.ts";
import { createDatabase, query } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
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

describe("container-gateway", () => {
  test("serve answers until SIGTERM, and ends well", async () => {
    const { child, ended, said } = startCommand("serve", "--config", await settings());
    let url: string | undefined;
    while (url === undefined && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      url = /"url":"(http:[^"]+)"/.exec(said())?.[1];
    }
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    expect(said()).toMatch('"msg":"stopped"');
  });

  test("serve has connections wait in the kernel, up to listen_backlog, while it has no time for them", async () => {
    const { child, ended, said } = startCommand("serve", "--config", await settings());
    await eventually("it listens", () => /"url":"http:/.test(said()));
    const port = Number(/"url":"http:[^"]+:(\d+)"/.exec(said())?.[1]);
    child.kill("SIGSTOP");
    const sockets = Array.from({ length: 700 }, () => connect(port, "127.0.0.1"));
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    child.kill("SIGCONT");
    for (const socket of sockets) socket.destroy();
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
  });

  test("serve runs workers that share the listeners, replaces one that dies, and ends them all", async () => {
    const { child, ended, said } = startCommand("serve", "--config", await settings({ workers: 2 }));
    const listening = () =>
      said()
        .split("\n")
        .flatMap((line) => /"pid":(\d+).*"url":"(http:[^"]+)"/.exec(line) ?? [])
        .filter((_, index) => index % 3 !== 0);
    const until = async (lines: number) => {
      while (listening().length < 2 * lines && child.exitCode === null) await sleep(50);
    };
    await until(2);
    const [first = "", url, second = "", other] = listening();
    expect(other).toBe(url);
    expect(first).not.toBe(second);
    process.kill(Number(first), "SIGKILL");
    await until(3);
    const third = listening()[4] ?? "";
    expect([first, second, String(child.pid)]).not.toContain(third);
    for (let time = 0; time < 10; time += 1) expect((await fetch(`${url}/healthz`)).status).toBe(200);
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    for (const pid of [second, third]) expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH");
  }, 60_000);

  test("serve by workers ends with what is wrong, if none of them can serve", async () => {
    const nowhere = "postgresql://nobody@127.0.0.1:1/none";
    const { ended, said } = startCommand(
      "serve",
      "--config",
      await settings({ workers: 2, db_connection_string: nowhere }),
    );
    expect(await ended).toBe(1);
    expect(said()).toMatch(/see the setting db_connection_string \(.*ECONNREFUSED/);
  });

  test.each<[string, string[], Record<string, unknown>, RegExp]>([
    [
      "a database that is not there",
      ["serve"],
      { db_connection_string: "postgresql://nobody:pw-9q@127.0.0.1:1/none" },
      /^the database can't be used: see the setting db_connection_string \(connect ECONNREFUSED 127.0.0.1:1\)$/m,
    ],
    [
      "a database that is not there to be brought up to date",
      ["migrate"],
      { db_connection_string: "postgresql://nobody:pw-9q@127.0.0.1:1/none" },
      /^the database can't be used: see the setting db_connection_string \(connect ECONNREFUSED 127.0.0.1:1\)$/m,
    ],
    [
      "an address that another process has",
      ["serve"],
      { listen: ["unix:TAKEN"] },
      /^another process listens on .*: see the setting listen$/m,
    ],
    [
      "an address of another machine",
      ["serve"],
      { listen: ["http://192.0.2.1:9"] },
      /^can't listen: see the setting listen \(listen EADDRNOTAVAIL: address not available 192.0.2.1:9\)$/m,
    ],
    [
      "sockets that nobody hands over",
      ["serve"],
      { listen: ["systemd:http"] },
      /^the setting listen names 1 sockets of systemd, which has handed over 0$/m,
    ],
  ])("names the setting that helps against %s, and nothing else", async (_, args, more, said) => {
    const text = JSON.stringify(more).replace("TAKEN", world.socket);
    const command = startCommand(...args, "--config", await settings(JSON.parse(text)));
    expect(await command.ended).toBe(1);
    expect(command.said()).toMatch(said);
    expect(command.said()).not.toMatch(/ {4}at |pw-9q/);
  });

  test.each(["nobody reads what it says", "its terminal ends"])(
    "demo leaves nothing behind when %s",
    async (when) => {
      const folder = await mkdtemp(join(tmpdir(), "cgw-demo-"));
      await chmod(folder, 0o755);
      const left = async () => (await readdir(folder)).filter((name) => name.startsWith("container-gateway"));
      const { child, ended, said } = startCommand("demo", { TMPDIR: folder });
      if (when === "its terminal ends") {
        await eventually("it runs", () => said().includes("Ctrl-C"), 60);
        expect(await left()).toHaveLength(1);
        child.kill("SIGHUP");
      } else child.stdout?.destroy();
      await ended;
      expect(await left()).toEqual([]);
      await rm(folder, { recursive: true });
    },
  );

  test("no command opens the debugger on SIGUSR1", async () => {
    const { child, ended, said } = startCommand("serve", "--config", await settings({ workers: 2 }));
    await eventually("it serves", () => said().split("change feed connected").length > 2, 60);
    const workers = execFileSync("pgrep", ["-P", String(child.pid)], { encoding: "utf8" });
    for (const pid of [child.pid ?? 0, ...workers.trim().split("\n").map(Number)])
      process.kill(pid, "SIGUSR1");
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    expect(said()).not.toMatch(/debugger/i);
  });

  test("demo leaves nothing behind, also when it is told twice to end, as npm and a terminal do", async () => {
    const { child, ended, said } = startCommand("demo");
    await eventually("it runs", () => said().includes("Ctrl-C") || child.exitCode !== null);
    const [folder = ""] = /\S*container-gateway-demo-\w+/.exec(said()) ?? [];
    expect(existsSync(folder)).toBe(true);
    child.kill("SIGINT");
    child.kill("SIGINT");
    await sleep(50);
    child.kill("SIGINT");
    expect(await ended).toBe(0);
    expect(existsSync(folder)).toBe(false);
  });

  test("migrate brings the database up to date", async () => {
    const { ended, said } = startCommand("migrate", "--config", await settings());
    expect([await ended, said()]).toEqual([0, "the database is up to date\n"]);
  });

  test("refuses settings with a typo, and says where", async () => {
    const { ended, said } = startCommand("serve", "--config", await settings({ trusted_host: ["x"] }));
    expect(await ended).toBe(1);
    expect(said()).toMatch(
      /settings-\w+\.yml:\d+: trusted_host: there is no such setting; did you mean trusted_hosts\?/,
    );
  });

  test.each([
    [["--help"], 0, /^usage: /],
    [[], 2, /^no command was given\n\nusage: /],
    [["nonsense"], 2, /^there is no command nonsense\n\nusage: /],
    [["check", "me"], 2, /^check takes nothing more: me\n\nusage: /],
    [["serve", "--nonsense"], 1, /^Unknown option '--nonsense'/],
  ])("explains itself to %j", async (args, code, text) => {
    const { ended, said } = startCommand(...args);
    expect(await ended).toBe(code);
    expect(said()).toMatch(text);
  });
});

describe("check", () => {
  const findings = async (more: Record<string, unknown> = {}) =>
    Object.fromEntries(
      (await check(loadSettings(await settings(more), {}))).map(({ subject, good, text }) => [
        subject.split(" ")[0],
        [good, text],
      ]),
    );

  test("finds everything right where it is", async () => {
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

  test("knows a backlog that the kernel does not allow", async () => {
    const { listen_backlog: found } = await findings({ listen_backlog: 65_535 });
    const allowed = Number(readFileSync("/proc/sys/net/core/somaxconn", "utf8"));
    expect(found?.[1]).toMatch(allowed < 65_535 ? /raise net.core.somaxconn to 65535/ : /65535 connections/);
  });

  test("says what to do where it isn't", async () => {
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
    "says by which of %j Katello may call when trusted_proxies is %j",
    async (listen, trusted_proxies, said) => {
      expect((await findings({ listen, trusted_proxies })).administration).toEqual(said);
    },
  );

  test("looks at every certificate of a file, and at where the audit log is to be", async () => {
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
      expect.stringMatching(/^CN=once.example.org ran out on .*: renew it$/),
    ]);
    expect(found.audit_log).toEqual([false, expect.stringMatching(/ENOENT.*: see audit_log$/)]);
    const { audit_log } = await findings({ audit_log: join(testFolder(), "audit.log") });
    expect(audit_log).toEqual([true, "can be made"]);
  });

  test("leaves the database as it is, and says what a start would do to it", async () => {
    const database = await createDatabase("template0");
    const tables = () => query(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
    const { PostgreSQL } = await findings({ db_connection_string: database });
    expect(PostgreSQL).toEqual([true, expect.stringMatching(/6 migrations are pending.*migrate/)]);
    expect(await tables()).toEqual([]);
    const none = withDatabase(database, "not-there-yet");
    expect((await findings({ db_connection_string: none })).PostgreSQL).toEqual([
      true,
      expect.stringMatching(/create the database not-there-yet/),
    ]);
    await expect(query(none, "SELECT 1")).rejects.toMatchObject({ code: "3D000" });
  });

  test("knows an account that could not bring the database up to date", async () => {
    const database = await createDatabase("template0");
    await query(database, "CREATE TABLE users (id int); REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    const role = `r_${randomBytes(6).toString("hex")}`;
    await query(database, `CREATE ROLE ${role} LOGIN`);
    const as = new URL(database);
    as.searchParams.set("user", role);
    as.username = as.searchParams.has("host") ? "" : role;
    const refused = async () => (await findings({ db_connection_string: as.href })).PostgreSQL;
    try {
      expect(await refused()).toEqual([false, expect.stringMatching(/may not create tables/)]);
      await query(database, `GRANT CREATE ON SCHEMA public TO ${role}`);
      expect(await refused()).toEqual([false, expect.stringMatching(/tables belong to \w+: connect as/)]);
    } finally {
      await query(database, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

  test("rejects a listening connection to another database", async () => {
    const elsewhere = { db_listen_connection_string: await createDatabase() };
    expect((await findings(elsewhere)).PostgreSQL).toEqual([
      false,
      expect.stringMatching(/do not arrive: set db_listen_connection_string/),
    ]);
  });
});
