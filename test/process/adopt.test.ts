import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type AdoptOptions, adopt } from "../../src/adopt/adopt.ts";
import { backUp } from "../../src/adopt/backup.ts";
import { readPluginFiles } from "../../src/adopt/plugin-files.ts";
import { translate } from "../../src/adopt/translation.ts";
import { undo } from "../../src/adopt/undo.ts";
import { type DemoKatello, startDemoKatello } from "../../src/demo/katello.ts";
import { type DemoPulp, startDemoPulp } from "../../src/demo/pulp.ts";
import { withDatabase } from "../../src/settings/connection-string.ts";
import { loadSettings } from "../../src/settings/load.ts";
import { startCommand } from "../support/command.ts";
import { createDatabase, query } from "../support/database.ts";
import { pem, testFolder } from "../support/gateway.ts";
import { PLUGIN, PLUGIN_DATA } from "../support/plugin.ts";
import { type StandInSmartProxy, startSmartProxy } from "../support/smart-proxy.ts";

/** Systems that the plugin's settings name, and that `adopt` checks. */
let katello: DemoKatello;
let pulp: DemoPulp;
let smartProxy: StandInSmartProxy;
beforeAll(async () => {
  const tls = { ca: pem("ca.crt"), cert: pem("server.crt"), key: pem("server.key") };
  katello = await startDemoKatello({ tls: { ca: tls.ca, server: tls }, users: {}, hosts: {} });
  pulp = await startDemoPulp({ tls });
  smartProxy = await startSmartProxy(["foreman.example.org", "gateway.example.org"]);
});
afterAll(async () => {
  await Promise.all([katello?.close(), pulp?.close(), smartProxy?.close()]);
});

let folder = "";
let count = 0;
beforeEach(() => {
  count += 1;
  folder = join(testFolder(), `adopt-${process.pid}-${count}`);
  mkdirSync(folder);
});

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const certificate = (name: string) => join(testFolder(), name);

const smartProxySettings = () => `---
:settings_directory: /etc/foreman-proxy/settings.d
:ssl_ca_file: ${certificate("ca.crt")}
:ssl_certificate: ${certificate("server.crt")}
:ssl_private_key: ${certificate("server.key")}
:trusted_hosts:
  - foreman.example.org
  - gateway.example.org
:foreman_url: ${katello.origin}/
:foreman_ssl_cert: ${certificate("gateway.crt")}
:foreman_ssl_key: ${certificate("gateway.key")}
:https_port: ${smartProxy.port}
:bind_host: '*'
:log_level: INFO
:tls_disabled_versions: ['1.1']
:oauth_consumer_key: x
`;

const pluginSettings = (database: string) => `---
:enabled: https
:pulp_endpoint: ${pulp.origin}
:pulp_client_ssl_ca: ${certificate("ca.crt")}
:client_endpoint: https://proxy.example.org
:katello_registry_path: /v2/
:db_connection_string: ${database}
:sqlite_timeout: 30000
:unknown_key: 1
`;

async function pluginDatabase(): Promise<string> {
  const url = await createDatabase("template0");
  await query(url, PLUGIN + PLUGIN_DATA);
  return url;
}

/** The check tries to listen. */
const ENVIRONMENT = { CONTAINER_GATEWAY_FACADE_LISTEN: "https://127.0.0.1:0" };

function optionsFor(source: string, target: string): AdoptOptions {
  return {
    foremanctl: undefined,
    pgDumpAccount: undefined,
    paths: {
      smartProxy: file("settings.yml", smartProxySettings()),
      plugin: file("container_gateway.yml", pluginSettings(source)),
    },
    settingsFile: join(folder, "etc", "settings.yml"),
    backupFolder: join(folder, "backups"),
    pgDump: [fakeDump(`echo "dump of $*"`)],
    environment: { ...process.env, ...ENVIRONMENT },
    database: target,
    // The tests run as one account.
    account: undefined,
    superuser: { account: undefined, connectionString: "" },
    virtualHost: join(folder, "vhost.conf"),
    hostName: "proxy.example.org",
    isDryRun: false,
    confirm: async () => true,
    onResult: () => undefined,
    onFindings: () => undefined,
  };
}

/** Texts of the errors that the check of an adoption finds. */
const errorsOf = async (options: AdoptOptions): Promise<string[]> =>
  (await adopt(options)).findings
    .filter(({ level }) => level === "error")
    .map(({ text, advice }) => `${text}: ${advice}`);

/** Stand-in for pg_dump, which is not part of the embedded PostgreSQL. */
function fakeDump(script: string): string {
  const path = join(folder, "pg_dump");
  writeFileSync(
    path,
    `#!/bin/sh\n[ "$1" = --version ] && exec echo "pg_dump (PostgreSQL) 18.4"\n${script}\n`,
    { mode: 0o755 },
  );
  return path;
}

describe("the translation of the plugin's settings", () => {
  const of = (smartProxy: string, plugin: string) =>
    translate(readPluginFiles({ smartProxy: file("s.yml", smartProxy), plugin: file("p.yml", plugin) }), {
      hostName: "proxy.example.org",
      installer: "foreman-installer",
    });

  test("keeps every value that the gateway has, with the line of its origin", () => {
    const { settings, problems } = of(
      smartProxySettings(),
      pluginSettings("postgresql:///container_gateway"),
    );
    expect(problems).toEqual([]);
    expect(Object.fromEntries(settings.map(({ key, value }) => [key, value]))).toEqual({
      smart_proxy_url: smartProxy.url,
      facade_listen: "https://0.0.0.0:9091",
      listen: ["unix:/run/container-gateway/gateway.sock"],
      ssl_certificate: certificate("server.crt"),
      ssl_private_key: certificate("server.key"),
      ssl_ca_file: certificate("ca.crt"),
      trusted_hosts: ["foreman.example.org", "gateway.example.org"],
      rhsm_ca_file: certificate("ca.crt"),
      foreman_url: katello.origin,
      foreman_ssl_ca: certificate("ca.crt"),
      foreman_ssl_cert: certificate("gateway.crt"),
      foreman_ssl_key: certificate("gateway.key"),
      pulp_endpoint: pulp.origin,
      client_endpoint: "https://proxy.example.org",
      katello_registry_path: "/v2/",
      pulp_client_ssl_ca: certificate("ca.crt"),
      log_level: "info",
    });
    const origin = (name: string) => settings.find(({ key }) => key === name)?.origin;
    expect(origin("foreman_url")).toBe(`${join(folder, "s.yml")}:9`);
    expect(origin("foreman_ssl_ca")).toContain("s.yml:3, the default for foreman_ssl_ca");
  });

  test("says what it leaves out, and why", () => {
    const { omitted } = of(smartProxySettings(), pluginSettings("postgresql:///container_gateway"));
    expect(omitted.map(({ key }) => key)).toEqual([
      "tls_disabled_versions",
      "enabled",
      "db_connection_string",
      "sqlite_timeout",
      "unknown_key",
      "oauth_consumer_key",
    ]);
  });

  test("uses the Smart Proxy's defaults", () => {
    const { settings } = of(
      ":foreman_url: https://f.example.org\n:ssl_ca_file: /ca\n:ssl_certificate: /c\n:ssl_private_key: /k\n",
      ":sqlite_db_path: /x.db\n",
    );
    const value = (name: string) => settings.find(({ key }) => key === name)?.value;
    expect(value("smart_proxy_url")).toBe("https://localhost:8443");
    expect(value("pulp_endpoint")).toBe("https://proxy.example.org");
    expect(value("foreman_ssl_key")).toBe("/k");
  });

  test.each([
    [":tls_disabled_versions: ['1.1', '1.2']", "tls_min_version", "TLSv1.3"],
    [
      ":ssl_disabled_ciphers: [AES128-SHA, 'DES-CBC3-SHA']",
      "tls_ciphers",
      "DEFAULT:!AES128-SHA:!DES-CBC3-SHA",
    ],
    [":log_level: WARN", "log_level", "warn"],
    [":log_level: UNKNOWN", "log_level", "fatal"],
    [":bind_host: ['192.0.2.1']", "facade_listen", "https://192.0.2.1:9091"],
    [":bind_host: ['2001:db8::1']", "facade_listen", "https://[2001:db8::1]:9091"],
  ])("turns %s into %s", (line, key, value) => {
    const { settings } = of(
      `${smartProxySettings().replace(/^:(tls_dis|log_level|bind_host).*\n/gm, "")}${line}\n`,
      pluginSettings("postgresql:///x"),
    );
    expect(settings.find((one) => one.key === key)?.value).toBe(value);
  });

  test("refuses settings without foreman_url", () => {
    const { problems } = of(
      smartProxySettings().replace(/:foreman_url.*\n/, ""),
      pluginSettings("postgresql:///x"),
    );
    expect(problems.join()).toContain("has no foreman_url");
  });

  test("refuses settings without a database", () => {
    const { problems } = of(smartProxySettings(), ":enabled: https\n");
    expect(problems.join()).toContain("have neither db_connection_string nor sqlite_db_path");
  });
});

describe("an adoption", () => {
  test("copies the data, writes the settings, and does nothing twice", async () => {
    const source = await pluginDatabase();
    const target = await createDatabase("template0");
    const options = optionsFor(source, target);
    const first = await adopt(options);
    expect(first.findings.filter(({ level }) => level !== "ok")).toEqual([]);
    expect(first.steps.map(({ name, state }) => [name, state])).toEqual([
      ["check", "done"],
      ["backup", "run"],
      ["database", "done"],
      ["data", "run"],
      ["settings", "run"],
    ]);
    const [counts] = await query(
      target,
      "SELECT (SELECT count(*)::int FROM repositories) AS repositories, (SELECT count(*)::int FROM users) AS users, (SELECT count(*)::int FROM hosts) AS hosts, (SELECT count(*)::int FROM hosts_repositories) AS grants",
    );
    // A repository and a user were there twice.
    expect(counts).toEqual({ repositories: 5000, users: 200, hosts: 2000, grants: 2000 });
    const settings = loadSettings(options.settingsFile, {});
    expect(settings.db_connection_string).toBe(target);
    expect(settings.pulp_endpoint).toBe(pulp.origin);
    expect(statSync(options.settingsFile).mode & 0o777).toBe(0o640);

    const second = await adopt(options);
    expect(second.steps.map(({ state }) => state)).toEqual(["done", "done", "done", "done", "done"]);
  });

  test("leaves the plugin's database as it is", async () => {
    const source = await pluginDatabase();
    const before = await query(source, "SELECT count(*)::int AS n FROM authentication_tokens");
    await adopt(optionsFor(source, await createDatabase("template0")));
    expect(await query(source, "SELECT count(*)::int AS n FROM authentication_tokens")).toEqual(before);
    expect(await query(source, "SELECT to_regclass('migrations') AS t")).toEqual([{ t: null }]);
  });

  test("writes the backup for its owner alone, with a checksum", async () => {
    const options = optionsFor(await pluginDatabase(), await createDatabase("template0"));
    const { steps } = await adopt(options);
    const [, path = ""] = /^(\S+), SHA-256/.exec(steps[1]?.text ?? "") ?? [];
    expect(readFileSync(path, "utf8")).toContain("--no-owner");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    execFileSync("sha256sum", ["--check", `${path}.sha256`], { cwd: options.backupFolder, stdio: "ignore" });
  });

  test("gives pg_dump the password where other accounts can't read it", async () => {
    const source = new URL(await pluginDatabase());
    source.hostname ||= "localhost";
    source.username ||= "somebody";
    source.password = "very%20secret";
    const folderOf = join(folder, "backups");
    const { path } = await backUp({
      connectionString: source.href,
      folder: folderOf,
      command: [fakeDump(`echo "$* with $PGPASSWORD"`)],
      account: undefined,
      environment: process.env,
    });
    const text = readFileSync(path, "utf8");
    expect(text).toContain("with very secret");
    expect(text).not.toContain("very%20secret");
  });

  test("ends without a change if the backup fails", async () => {
    const target = await createDatabase("template0");
    const options = optionsFor(await pluginDatabase(), target);
    await expect(adopt({ ...options, pgDump: [fakeDump("echo no space left >&2; exit 1")] })).rejects.toThrow(
      "no space left",
    );
    expect(await query(target, "SELECT to_regclass('repositories') AS t")).toEqual([{ t: null }]);
    expect(existsSync(options.settingsFile)).toBe(false);
  });

  test("shows in a dry run what it would do", async () => {
    const target = await createDatabase("template0");
    const options = { ...optionsFor(await pluginDatabase(), target), isDryRun: true };
    const { steps } = await adopt(options);
    expect(steps.filter(({ state }) => state === "skipped").map(({ name }) => name)).toEqual([
      "backup",
      "data",
      "settings",
    ]);
    expect(await query(target, "SELECT to_regclass('repositories') AS t")).toEqual([{ t: null }]);
  });

  test("stops at the first step that is not confirmed", async () => {
    const options = {
      ...optionsFor(await pluginDatabase(), await createDatabase("template0")),
      confirm: async () => false,
    };
    expect((await adopt(options)).steps).toMatchObject([
      { name: "check", state: "done" },
      { name: "backup", state: "skipped" },
    ]);
  });

  test("keeps a settings file that was written by hand", async () => {
    const options = optionsFor(await pluginDatabase(), await createDatabase("template0"));
    mkdirSync(join(folder, "etc"));
    writeFileSync(options.settingsFile, "workers: 3\n");
    await adopt(options);
    expect(readFileSync(`${options.settingsFile}.before-adopt`, "utf8")).toBe("workers: 3\n");
  });

  test("verifies what is left to others", async () => {
    const options = optionsFor(await pluginDatabase(), await createDatabase("template0"));
    const apache = async () => {
      const { remaining } = await adopt(options);
      return remaining.find(({ text }) => text.includes("Apache"));
    };
    expect((await apache())?.isDone).toBeUndefined();
    file("vhost.conf", `ProxyPass /v2/ https://proxy.example.org:${smartProxy.port}/container_gateway/v2/\n`);
    expect(await apache()).toMatchObject({
      isDone: false,
      command: "foreman-installer --foreman-proxy-registered-proxy-url https://proxy.example.org:9091",
    });
    file("vhost.conf", "ProxyPass /v2/ https://proxy.example.org:9091/container_gateway/v2/\n");
    expect((await apache())?.isDone).toBe(true);
    const plugin = async () =>
      (await adopt(options)).remaining.find(({ text }) => text.includes("plugin"))?.isDone;
    expect(await plugin()).toBe(false);
    file(
      "container_gateway.yml",
      pluginSettings(options.database ?? "").replace(":enabled: https", ":enabled: false"),
    );
    expect(await plugin()).toBe(true);
  });
});

describe("the check before an adoption", () => {
  /** A mistake in the plugin's site, and what the check says of it. */
  type Mistake = readonly [
    what: string,
    make: (options: AdoptOptions) => AdoptOptions | Promise<AdoptOptions>,
    subject: RegExp,
    text: RegExp,
    advice: RegExp,
  ];
  const withSmartProxy = (options: AdoptOptions, from: RegExp, to: string): AdoptOptions => {
    file("settings.yml", smartProxySettings().replace(from, to));
    return options;
  };
  const withSource = (options: AdoptOptions, database: string): AdoptOptions => {
    file("container_gateway.yml", pluginSettings(database));
    return options;
  };
  const MISTAKES: readonly Mistake[] = [
    [
      "a key that is not there",
      (options) => withSmartProxy(options, /server\.key/, "none.key"),
      /^ssl_private_key$/,
      /can't be read: ENOENT/,
      /correct the path/,
    ],
    [
      "a certificate that the Smart Proxy does not trust",
      (options) => withSmartProxy(options, /gateway\.(crt|key)/g, "stranger.$1"),
      /^the Smart Proxy https/,
      /stranger\.example\.org is not in its trusted_hosts/,
      /:trusted_hosts:/,
    ],
    [
      "another program at the Smart Proxy's port",
      (options) => withSmartProxy(options, /:https_port: \d+/, `:https_port: ${new URL(pulp.origin).port}`),
      /^the Smart Proxy https/,
      /some other page is there, and not a Smart Proxy/,
      /https port of the Smart Proxy/,
    ],
    [
      "a Foreman that is away",
      (options) => withSmartProxy(options, /:foreman_url: .*/, ":foreman_url: https://localhost:1"),
      /^Katello https:\/\/localhost:1/,
      /no program listens there/,
      /./,
    ],
    [
      "a port of the façade that is in use",
      (options) => ({
        ...options,
        environment: {
          ...options.environment,
          CONTAINER_GATEWAY_FACADE_LISTEN: `https://127.0.0.1:${new URL(pulp.origin).port}`,
        },
      }),
      /^facade_listen/,
      /in use by another program/,
      /choose another port/,
    ],
    [
      "a database of the plugin that is not there",
      async (options) => withSource(options, withDatabase(await createDatabase("template0"), "nowhere")),
      /^the plugin's database$/,
      /no such database/,
      /./,
    ],
    [
      "a database of another program instead of the plugin's",
      async (options) => {
        const other = await createDatabase("template0");
        await query(other, "CREATE TABLE orders (id integer)");
        return withSource(options, other);
      },
      /^the plugin's database$/,
      /has tables of another program/,
      /correct the plugin's db_connection_string/,
    ],
    [
      "a database of the plugin that the gateway has migrated",
      async (options) => withSource(options, await createDatabase()),
      /^the plugin's database$/,
      /the plugin can't use it any more/,
      /correct the plugin's db_connection_string/,
    ],
    [
      "no pg_dump",
      (options) => ({ ...options, pgDump: [join(folder, "nothing")] }),
      /^pg_dump$/,
      /can't be run \(ENOENT\)/,
      /--pg-dump/,
    ],
    [
      "an old pg_dump",
      (options) => {
        const pgDump = file("old_dump", "#!/bin/sh\necho 'pg_dump (PostgreSQL) 13.9'\n");
        chmodSync(pgDump, 0o755);
        return { ...options, pgDump: [pgDump] };
      },
      /^pg_dump$/,
      /PostgreSQL 13 can't back up a PostgreSQL \d\d/,
      /--pg-dump/,
    ],
    [
      "a database for the gateway that another program uses",
      async (options) => {
        const database = await createDatabase("template0");
        await query(database, "CREATE TABLE orders (id integer)");
        return { ...options, database };
      },
      /^the gateway's database$/,
      /has tables of another program/,
      /a database of the gateway's own/,
    ],
    [
      "the plugin's database as that of the gateway",
      async (options) => ({ ...options, database: await pluginDatabase() }),
      /^the gateway's database$/,
      /belongs to the plugin/,
      /./,
    ],
    [
      "a superuser of PostgreSQL that can't connect",
      (options) => ({
        ...options,
        database: undefined,
        superuser: { account: undefined, connectionString: "postgresql://localhost:1/postgres" },
      }),
      /^the gateway's database$/,
      /refuses the connection/,
      /--postgres-account and --postgres/,
    ],
    [
      "a superuser that may not create a database",
      async (options) => {
        const url = new URL(await createDatabase("template0"));
        url.searchParams.set("user", "with_password");
        url.searchParams.set("password", "right-4c");
        return {
          ...options,
          database: undefined,
          superuser: { account: undefined, connectionString: url.href },
        };
      },
      /^the gateway's database$/,
      /the role is no superuser/,
      /--postgres-account and --postgres/,
    ],
  ];

  test.each(MISTAKES)("finds %s, and changes nothing", async (_, make, subject, text, advice) => {
    const target = await createDatabase("template0");
    const options = await make(optionsFor(await pluginDatabase(), target));
    const { findings, steps } = await adopt(options);
    const errors = findings.filter(({ level }) => level === "error");
    expect(errors.map((one) => one.text).join("\n")).toMatch(text);
    const [found] = errors.filter((one) => text.test(one.text));
    expect(found?.subject).toMatch(subject);
    expect(found?.advice).toMatch(advice);
    expect(steps).toEqual([]);
    expect(existsSync(options.settingsFile) || existsSync(options.backupFolder)).toBe(false);
    expect(await query(target, "SELECT to_regclass('repositories') AS t")).toEqual([{ t: null }]);
  });

  // Only root can act as another account.
  if (process.getuid?.() === 0)
    test("uses the files as the account of the gateway", async () => {
      const options = optionsFor(await pluginDatabase(), await createDatabase("template0"));
      const { findings } = await adopt({ ...options, account: "nobody" });
      expect(findings.filter(({ text }) => text.includes("EACCES")).map(({ setting }) => setting)).toEqual([
        "ssl_private_key",
        "foreman_ssl_key",
      ]);
      expect(readFileSync(certificate("server.key"), "utf8")).toContain("PRIVATE KEY");
    });

  test("names the line that the settings file would have", async () => {
    const options = optionsFor(await pluginDatabase(), await createDatabase("template0"));
    const { findings } = await adopt(withSmartProxy(options, /server\.key/, "none.key"));
    expect(findings[0]?.place).toMatch(new RegExp(`^${options.settingsFile}:\\d+$`));
  });

  test("has warnings confirmed", async () => {
    const options = optionsFor(await pluginDatabase(), await createDatabase("template0"));
    const key = file("open.key", pem("server.key"));
    chmodSync(key, 0o644);
    withSmartProxy(options, /ssl_private_key: .*/, `ssl_private_key: ${key}`);
    const intents: string[] = [];
    const confirm = async (intent: string) => {
      intents.push(intent);
      return false;
    };
    const { findings, steps } = await adopt({ ...options, confirm });
    expect(findings.filter(({ level }) => level === "warning")).toMatchObject([
      { text: "every account of this machine may read the private key" },
    ]);
    expect(intents).toEqual(["go on with 1 warnings"]);
    expect(steps).toMatchObject([{ name: "check", state: "skipped" }]);
    expect((await adopt(options)).steps.map(({ state }) => state)).toEqual([
      "run",
      "run",
      "done",
      "run",
      "run",
    ]);
  });
});

describe("a plugin whose data is in SQLite", () => {
  const HAS_SQLITE = process.getBuiltinModule?.("node:sqlite") !== undefined;

  test(`is ${HAS_SQLITE ? "adopted" : "refused by this Node.js, which can't read it"}`, async () => {
    const target = await createDatabase("template0");
    const path = join(folder, "plugin.db");
    const options = optionsFor("", target);
    file("container_gateway.yml", `:pulp_endpoint: ${pulp.origin}\n:sqlite_db_path: ${path}\n`);
    expect((await errorsOf(options)).join()).toContain("does not exist");
    if (!HAS_SQLITE) {
      writeFileSync(path, "");
      expect((await errorsOf(options)).join()).toContain("22.13");
      return;
    }
    const name = "node:sqlite";
    const { DatabaseSync } = await import(name);
    const database = new DatabaseSync(path);
    database.exec(`
      CREATE TABLE repositories (id integer PRIMARY KEY, name varchar(255) NOT NULL, auth_required boolean NOT NULL);
      CREATE TABLE users (id integer PRIMARY KEY, name varchar(255) NOT NULL);
      CREATE TABLE repositories_users (repository_id integer, user_id integer);
      INSERT INTO repositories VALUES (1, 'org/open', 0), (2, 'org/closed', 1);
      INSERT INTO users VALUES (7, 'alice');
      INSERT INTO repositories_users VALUES (2, 7);`);
    database.close();
    const { steps } = await adopt(options);
    expect(steps.map(({ state }) => state)).toEqual(["done", "done", "done", "run", "run"]);
    expect(await query(target, "SELECT name, auth_required FROM repositories ORDER BY id")).toEqual([
      { name: "org/open", auth_required: false },
      { name: "org/closed", auth_required: true },
    ]);
    expect(await query(target, "SELECT repository_id, user_id FROM repositories_users")).toEqual([
      { repository_id: 2, user_id: 7 },
    ]);
  });
});

describe("the way back", () => {
  test("waits until Apache no longer leads to the gateway, then puts the settings back", async () => {
    const options = optionsFor(await pluginDatabase(), await createDatabase("template0"));
    mkdirSync(join(folder, "etc"));
    writeFileSync(options.settingsFile, "workers: 3\n");
    await adopt(options);
    file("vhost.conf", "ProxyPass /v2/ https://proxy.example.org:9091/container_gateway/v2/\n");
    await expect(undo(options)).rejects.toThrow(
      `--foreman-proxy-registered-proxy-url https://proxy.example.org:${smartProxy.port}`,
    );
    file("vhost.conf", `ProxyPass /v2/ https://proxy.example.org:${smartProxy.port}/container_gateway/v2/\n`);
    const { steps, remaining } = await undo(options);
    expect(steps).toMatchObject([{ state: "run" }]);
    expect(remaining.map(({ isDone }) => isDone)).toEqual([true, true, true, undefined]);
    expect(readFileSync(options.settingsFile, "utf8")).toBe("workers: 3\n");
    expect((await undo({ ...options, settingsFile: join(folder, "none.yml") })).steps).toMatchObject([
      { state: "done" },
    ]);
  });
});

describe("the command", () => {
  const run = async (...args: string[]) => {
    const { ended, said } = startCommand("adopt", ...args, ENVIRONMENT);
    return { status: await ended, said: said() };
  };
  const argumentsFor = ({ settingsFile, paths, pgDump }: AdoptOptions, database: string) => [
    ...["--config", settingsFile, "--smart-proxy-settings", paths.smartProxy],
    ...["--plugin-settings", paths.plugin, "--database", database, "--pg-dump", ...pgDump],
    ...["--account", userInfo().username],
  ];

  test("prints one JSON document without a password", async () => {
    const target = new URL(await createDatabase("template0"));
    target.searchParams.set("password", "verysecret");
    const options = optionsFor(await pluginDatabase(), target.href);
    const { said, status } = await run("--dry-run", "--json", ...argumentsFor(options, target.href));
    expect(JSON.parse(said)).toMatchObject({
      findings: expect.any(Array),
      steps: [{ name: "check", state: "done" }, { name: "backup", state: "skipped" }, {}, {}, {}],
      omitted: expect.any(Array),
    });
    expect(said).not.toContain("verysecret");
    expect(status).toBe(2);
  });

  test("ends with 1 for an error of the check, in a dry run and in JSON too", async () => {
    const options = optionsFor(await pluginDatabase(), "");
    const args = argumentsFor(options, "postgresql://u:verysecret@localhost:1/x");
    const plain = await run("--yes", ...args);
    expect(plain.said).toMatch(/^error +the gateway's database: it refuses the connection/m);
    // Only what is to be done is shown, but everything is counted.
    expect(plain.said).not.toMatch(/^ok /m);
    expect(plain.said).toMatch(/^1 errors, 0 warnings, [1-9]\d* ok$/m);
    expect(plain.said).toContain("Nothing was changed");
    const json = await run("--dry-run", "--json", ...args);
    expect(JSON.parse(json.said)).toMatchObject({ steps: [], remaining: [] });
    expect([plain.status, json.status]).toEqual([1, 1]);
    expect(plain.said + json.said).not.toContain("verysecret");
    expect(existsSync(options.settingsFile) || existsSync(options.backupFolder)).toBe(false);
  });

  test("names the file that is missing, and the option", async () => {
    const { said, status } = await run("--smart-proxy-settings", "/nowhere.yml");
    expect(said).toContain("/nowhere.yml can't be read");
    expect(said).toContain("--smart-proxy-settings");
    expect(status).toBe(1);
  });

  test("does nothing that nobody can confirm", async () => {
    const options = optionsFor(await pluginDatabase(), await createDatabase("template0"));
    const { said, status } = await run(...argumentsFor(options, options.database ?? ""));
    expect(said).toContain("skipped backup: not confirmed");
    expect(status).toBe(2);
  });
});

describe("a whole adoption", () => {
  test("runs the dry run, the adoption, the second run and the way back", async () => {
    const target = await createDatabase("template0");
    const options = optionsFor(await pluginDatabase(), target);
    const adopt = async (...args: string[]) => {
      const { ended, said } = startCommand(
        ...["adopt", ...args, "--config", options.settingsFile, "--database", target],
        ...["--smart-proxy-settings", options.paths.smartProxy, "--plugin-settings", options.paths.plugin],
        ...["--virtual-host", options.virtualHost, "--host-name", "proxy.example.org"],
        ...["--backup-folder", options.backupFolder, "--pg-dump", ...options.pgDump],
        ...["--account", userInfo().username],
        ENVIRONMENT,
      );
      return { status: await ended, said: said() };
    };
    file("vhost.conf", `ProxyPass /v2/ https://proxy.example.org:${smartProxy.port}/container_gateway/v2/\n`);
    expect((await adopt("--dry-run")).said).toMatch(
      /^done {4}check: .*\nskipped backup: .*\ndone {4}database: .*\nskipped data: .*\nskipped settings: /m,
    );
    const { said } = await adopt("--yes");
    expect(said).toMatch(
      /^done {4}check: .*\nrun {5}backup: .*\ndone {4}database: .*\nrun {5}data: copied 5001 repositories.*\nrun {5}settings: /m,
    );
    expect(said).toContain(
      "foreman-installer --foreman-proxy-registered-proxy-url https://proxy.example.org:9091",
    );
    expect((await adopt("--yes")).said).toMatch(/^(?:done.*\n){5}/);
    expect(await adopt("--undo", "--yes")).toMatchObject({
      status: 0,
      said: expect.stringContaining("run     settings: moved"),
    });
  });
});
