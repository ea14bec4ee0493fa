/** The deb in a Debian of its own: installed, tried, served as a service's account, upgraded, downgraded, removed, purged. */
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { stringify } from "yaml";
import { type DemoKatello, startDemoKatello } from "../../src/demo/katello.ts";
import { type DemoPulp, startDemoPulp } from "../../src/demo/pulp.ts";
import { sendSync } from "../../src/demo/sync.ts";
import { DEMO_HOSTS, DEMO_SYNC, DEMO_USERS } from "../../src/demo/world.ts";
import { type Daemon, must, run } from "../clients/command.ts";
import { type Home, makeHome } from "../clients/home.ts";
import { pullAt, tokenAt } from "../support/calls.ts";
import { pem, settingsFor, testFolder } from "../support/gateway.ts";
import { type Debian, makeDebian } from "./debian.ts";
import { startDebianPostgres, startPostgres } from "./debian-postgres.ts";
import { type Edition, packageFile } from "./made.ts";
import { commandsOf, settingsOf } from "./pages.ts";
import { NEXT_VERSION } from "./versions.ts";

/** Most time from an empty Debian to the first pull. */
const FIRST_PULL_MS = 60_000;
const ETC = "/etc/container-gateway";

let debian: Debian;
let home: Home;
let katello: DemoKatello;
let pulp: DemoPulp;
beforeAll(async () => {
  home = makeHome({});
  const ca = pem("ca.crt");
  const server = { cert: pem("server.crt"), key: pem("server.key") };
  katello = await startDemoKatello({ tls: { ca, server }, users: DEMO_USERS, hosts: DEMO_HOSTS });
  pulp = await startDemoPulp({ tls: { ca, ...server } });
  debian = await makeDebian();
  for (const edition of ["old", "new"] as const)
    cpSync(packageFile(edition, "deb"), join(debian.folder, inDebian(edition)));
});
afterAll(async () => {
  await debian?.remove();
  await pulp?.close();
  await katello?.close();
  home?.remove();
});

/** Path of a package in Debian; the new one is where the commands of docs/install.md expect it. */
const inDebian = (edition: Edition): string =>
  `${edition === "new" ? "" : "/srv"}/${basename(packageFile(edition, "deb"))}`;

/** Pulls an image with podman. */
const pull = (image: string, ...options: string[]) =>
  must("podman", ["pull", "--quiet", ...options, image], { env: home.env });

test("from an empty Debian it takes two commands and less than a minute to the first pull", async () => {
  const [installation = "", trial = ""] = commandsOf("install.md", "Debian 13");
  const started = performance.now();
  await debian.must("sh", "-c", `cd / && ${installation}`);
  const demo = await debian.start((said) => said.includes("Ctrl-C ends it"), "sh", "-c", `exec ${trial}`);
  await pull("localhost:9080/org/public-app:latest", "--tls-verify=false");
  const took = performance.now() - started;
  expect(await demo.stop()).toBe(0);
  process.stdout.write(`from an empty Debian to the first pull: ${Math.round(took / 1000)} s\n`);
  expect(took).toBeLessThan(FIRST_PULL_MS);
});

describe("the installed package", () => {
  test("has its command, manual pages and completions, and an account", async () => {
    expect(await debian.must("container-gateway", "--version")).toBe(`container-gateway ${NEXT_VERSION}\n`);
    expect(await debian.must("getent", "passwd", "foreman-proxy")).toMatch(/:\/usr\/sbin\/nologin$/m);
    expect(await debian.must("stat", "-c", "%a %U %G", `${ETC}/settings.yml`)).toBe(
      "640 root foreman-proxy\n",
    );
    expect(await debian.must("stat", "-c", "%a %U", "/var/lib/container-gateway")).toBe(
      "750 foreman-proxy\n",
    );
  });

  test("check says what its settings lack, and serve does not start with them", async () => {
    const checked = await debian.run("container-gateway", "check");
    expect(checked.code).toBe(1);
    expect(checked.said).toMatch(/foreman_url.*is missing/);
    expect((await debian.run("container-gateway", "serve")).code).toBe(1);
  });
});

/** Writes the settings of the gateway with the site of the tests, and the certificates that they name. */
function writeSettings(settings: (site: object) => object): void {
  const to = (name: string) => join(debian.folder, ETC, name);
  for (const name of ["ca.crt", "consumers.crt", "server.crt", "server.key", "gateway.crt", "gateway.key"])
    cpSync(join(testFolder(), name), to(name));
  const usual = settingsFor(katello.origin, pulp.origin, "", "");
  const site = JSON.parse(JSON.stringify(usual).replaceAll(testFolder(), ETC));
  writeFileSync(to("settings.yml"), stringify(settings(site)));
}

/** Configures the gateway with the site of the tests. @param database where its database is */
const configure = (database: object): void =>
  writeSettings((site) => ({
    ...site,
    listen: ["https://127.0.0.1:9443", "http://127.0.0.1:0"],
    admin_listen: undefined,
    db_connection_string: undefined,
    workers: 2,
    ...database,
  }));

/** Runs a command of a page as root, in a folder of Debian. */
const type = (command: string, folder = "/") => debian.must("sh", "-c", `cd ${folder} && ${command}`);

/** Commands but those for systemd, which does not run in Debian's folder. */
const withoutSystemctl = (commands: string): string[] =>
  commands.split("\n").filter((line) => !line.startsWith("systemctl "));

/** Database and role as `container-gateway adopt` makes them, and the pages name them. */
const DATABASE = "container_gateway_service";

/** Runs a command as the account of the service. */
const AS_SERVICE = ["setpriv", "--reuid=foreman-proxy", "--regid=foreman-proxy", "--init-groups"];

const urlOf = (scheme: string, said: string): string =>
  new RegExp(`"url":"${scheme}://[^"]*:(\\d+)"`).exec(said)?.[1] ?? "";

/** Folder that systemd makes for the service while it runs. */
const RUNTIME_FOLDER = "/run/container-gateway";

describe("the service", () => {
  let service: Daemon;
  beforeAll(async () => {
    await debian.must("install", "-d", "-o", "foreman-proxy", RUNTIME_FOLDER);
  });
  afterAll(async () => {
    await debian.must("rmdir", RUNTIME_FOLDER);
  });
  const serve = () =>
    debian.start(
      (said) => said.split("database ready").length > 2,
      ...AS_SERVICE,
      "container-gateway",
      "serve",
    );

  /** Syncs as Katello does, and pulls a private image as alice. */
  const syncAndPull = async () => {
    const [https, http] = [urlOf("https", service.said()), urlOf("http", service.said())];
    const tls = { ca: pem("ca.crt"), cert: pem("foreman.crt"), key: pem("foreman.key") };
    await sendSync({ baseUrl: `https://localhost:${https}`, tls, ...DEMO_SYNC });
    await pull(`localhost:${http}/org/private-app:latest`, "--tls-verify=false", "--creds=alice:secret");
    const refused = await run(
      "podman",
      [
        "pull",
        "--quiet",
        "--tls-verify=false",
        "--creds=alice:secret",
        `localhost:${http}/org/other-app:latest`,
      ],
      { env: home.env },
    );
    expect(refused.code).toBe(125);
  };

  test("is checked and served as foreman-proxy, with the PostgreSQL of Debian, to Katello and podman", async () => {
    configure({ data_dir: "/var/lib/container-gateway/data" });
    await debian.must("chown", "-R", "foreman-proxy:foreman-proxy", ETC);
    const [, , check = ""] = commandsOf("install.md", "Debian 13");
    expect(check).toContain("container-gateway check");
    expect(await type(check)).not.toMatch(/^error/m);
    service = await serve();
    await syncAndPull();
    const [handshake = ""] = commandsOf("network.md", "TLS");
    expect(await must("sh", ["-c", handshake])).toMatch(/Protocol *: TLSv1.2/);
    expect(await service.stop()).toBe(0);
  });

  test("settings and data stay when it is removed, and it serves again when it is installed again", async () => {
    const [removal = ""] = commandsOf("install.md", "Remove");
    await type(removal);
    expect((await debian.run("sh", "-c", "command -v container-gateway")).code).not.toBe(0);
    const [installation = ""] = commandsOf("install.md", "A machine without a network");
    await must("unshare", ["--net", "chroot", debian.folder, "sh", "-c", `cd / && ${installation}`]);
    service = await serve();
    await syncAndPull();
    expect(await service.stop()).toBe(0);
  });

  test("is downgraded to the version before and upgraded again with settings and data", async () => {
    const settings = await debian.must("cat", `${ETC}/settings.yml`);
    const [downgrade = ""] = commandsOf("upgrade.md", "Downgrade");
    await type(downgrade, "/srv");
    const [, installed] = (await debian.must("dpkg-query", "--show", "container-gateway")).trim().split("\t");
    expect(packageFile("old", "deb")).toContain(`_${installed}_`);
    expect(packageFile("new", "deb")).not.toContain(`_${installed}_`);
    expect(await debian.must("container-gateway", "migrate", "--help")).toContain("migrate");
    const [upgrade = "", inspection = ""] = commandsOf("upgrade.md", "One gateway");
    await type(upgrade);
    expect(await debian.must("cat", `${ETC}/settings.yml`)).toBe(settings);
    service = await serve();
    await syncAndPull();
    expect(await type(inspection)).toMatch(/^Gateway +\S+, version /m);
    expect(await service.stop()).toBe(0);
  });

  test("is served with the database and the settings that the page shows for a site without the plugin", async () => {
    const stop = await startPostgres(debian);
    try {
      const [database = ""] = commandsOf("install.md", "A site without the plugin");
      await type(database);
      const shown = settingsOf("install.md", "A site without the plugin");
      // All settings of the page and no others, with the addresses of the tests' own site.
      writeSettings((site) => ({
        ...shown,
        ...Object.fromEntries(Object.entries(site).filter(([key]) => key in shown)),
        listen: ["https://127.0.0.1:9443", "http://127.0.0.1:0"],
        client_endpoint: pulp.origin,
        db_connection_string: shown.db_connection_string,
        workers: 2,
      }));
      await debian.must("chown", "-R", "foreman-proxy:foreman-proxy", ETC);
      const [, , check = ""] = commandsOf("install.md", "Debian 13");
      expect(await type(check)).not.toMatch(/^error/m);
      service = await serve();
      await syncAndPull();
      expect(await service.stop()).toBe(0);
    } finally {
      await stop();
    }
  });

  test("is backed up while it serves, and restored with its tokens, repositories and settings", async () => {
    const postgres = await startDebianPostgres(debian, DATABASE);
    try {
      configure({ db_connection_string: postgres.connectionString });
      await debian.must("chown", "-R", "foreman-proxy:foreman-proxy", ETC);
      const settings = await debian.must("cat", `${ETC}/settings.yml`);
      service = await serve();
      await syncAndPull();
      const listed = await debian.must("container-gateway", "repositories");
      const alice = { name: "alice", password: "secret" };
      const token = await tokenAt(`http://localhost:${urlOf("http", service.said())}`, alice);
      const [backup = ""] = commandsOf("backup.md", "Back up");
      await type(backup, "/srv");
      expect(await service.stop()).toBe(0);
      await debian.must("rm", "-r", ETC);
      await postgres.run(`DROP SCHEMA public CASCADE`);

      const [stop = "", restore = "", start = ""] = commandsOf("backup.md", "Restore");
      await type(restore, "/srv");
      expect(await debian.must("cat", `${ETC}/settings.yml`)).toBe(settings);
      service = await serve();
      const [inspection = ""] = withoutSystemctl(start);
      expect(withoutSystemctl(stop)).toEqual([]);
      expect(await type(inspection)).toBe(listed);
      expect(listed).toMatch(/^org\/private-app /m);
      const url = `http://localhost:${urlOf("http", service.said())}`;
      expect(await pullAt(url, token, "org/private-app")).toBe(200);
      expect(await service.stop()).toBe(0);
      for (const file of ["container-gateway.dump", "container-gateway-etc.tar.gz"])
        rmSync(join(debian.folder, "srv", file));
    } finally {
      await postgres.stop();
    }
  });
});

test("purging it leaves nothing behind but the account", async () => {
  const [, purge = ""] = commandsOf("install.md", "Remove");
  await type(purge);
  const left = await debian.must(
    ...["find", "/", "-xdev", "(", "-name", "*container-gateway*", "-o", "-user", "foreman-proxy", ")"],
    ...["-not", "-name", "*.deb"],
  );
  expect(left).toBe("");
});
