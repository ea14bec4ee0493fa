import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type DemoKatello, startDemoKatello } from "../../src/demo/katello.ts";
import { type DemoPulp, startDemoPulp } from "../../src/demo/pulp.ts";
import { loadSettings } from "../../src/settings/load.ts";
import { startCommand } from "../support/command.ts";
import { createDatabase, query } from "../support/database.ts";
import { makeMachine, pluginSecret, smartProxySecret } from "../support/foremanctl.ts";
import { pem, testFolder } from "../support/gateway.ts";
import { PLUGIN, PLUGIN_DATA } from "../support/plugin.ts";

const HOST = "proxy.example.org";
const TRUSTED = ["foreman.example.org", "gateway.example.org"];
const PLUGIN_SECRET = "foreman-proxy-container_gateway-yml";

let katello: DemoKatello;
let pulp: DemoPulp;
beforeAll(async () => {
  const tls = { ca: pem("ca.crt"), cert: pem("server.crt"), key: pem("server.key") };
  katello = await startDemoKatello({ tls: { ca: tls.ca, server: tls }, users: {}, hosts: {} });
  pulp = await startDemoPulp({ tls });
});
afterAll(async () => {
  await Promise.all([katello?.close(), pulp?.close()]);
});

let folder = "";
let count = 0;
beforeEach(() => {
  count += 1;
  folder = join(testFolder(), `foremanctl-${process.pid}-${count}`);
  mkdirSync(folder);
});

/** Listeners that are free on the machine of the tests. */
const ENVIRONMENT = { CONTAINER_GATEWAY_LISTEN: "https://127.0.0.1:0" };

async function site(podman: "4.6" | "5.4" = "5.4") {
  const source = await createDatabase("template0");
  await query(source, PLUGIN + PLUGIN_DATA);
  const secrets = {
    "foreman-proxy-settings-yml": smartProxySecret(katello.origin, TRUSTED),
    [PLUGIN_SECRET]: pluginSecret(pulp.origin, source),
  };
  const paths = makeMachine({ folder, hostName: HOST, secrets, podman });
  writeFileSync(
    join(folder, "pg_dump"),
    '#!/bin/sh\n[ "$1" = --version ] && exec echo "pg_dump (PostgreSQL) 18.4"\necho dumped\n',
    { mode: 0o755 },
  );
  const settingsFile = join(folder, "etc", "settings.yml");
  const dropIn = join(folder, "05-foreman-ssl.d", "container-gateway.conf");
  const adopt = async (...args: string[]) => {
    const { ended, said } = startCommand(
      ...["adopt", "--yes", "--config", settingsFile, "--smart-proxy-settings", join(folder, "none.yml")],
      ...["--quadlets", paths.quadlets, "--certificates", paths.certificates, "--podman", paths.podman],
      ...["--host-name", HOST, "--virtual-host", dropIn, "--backup-folder", join(folder, "backups")],
      ...["--account", userInfo().username, ...args],
      { ...ENVIRONMENT, PATH: `${folder}:${process.env.PATH}` },
    );
    return { status: await ended, said: said() };
  };
  return { adopt, settingsFile, dropIn, paths, target: await createDatabase("template0") };
}

describe("adopt on a machine of foremanctl", () => {
  test.each(["4.6", "5.4"] as const)(
    "finds settings, certificates and keys by itself, with podman %s",
    async (podman) => {
      const { adopt, settingsFile, paths, target } = await site(podman);
      const { said } = await adopt("--database", target);
      expect(said).toMatch(
        /^done {4}check: .*\nrun {5}backup: .*\ndone {4}database: .*\nrun {5}data: copied 5001/m,
      );
      const at = (name: string) => join(paths.certificates, name);
      expect(readFileSync(settingsFile, "utf8")).toContain(
        "# secret foreman-proxy-settings-yml:11, which foremanctl mounts at /etc/foreman-proxy/ssl_cert.pem",
      );
      const settings = loadSettings(settingsFile, {});
      expect(settings).toMatchObject({
        ssl_certificate: { path: at(`certs/${HOST}.crt`) },
        ssl_private_key: { path: at(`private/${HOST}.key`) },
        ssl_ca_file: { path: at("certs/ca.crt") },
        rhsm_ca_file: { path: at("certs/ca.crt") },
        foreman_ssl_ca: { path: at("certs/server-ca.crt") },
        foreman_ssl_cert: { path: at(`certs/${HOST}-client.crt`) },
        foreman_ssl_key: { path: at(`private/${HOST}-client.key`) },
        trusted_proxies: ["127.0.0.1"],
        trusted_hosts: TRUSTED,
        pulp_endpoint: pulp.origin,
      });
      expect(settings.listen).toHaveLength(3);
      expect(settings.smart_proxy_url).toBeUndefined();
      expect((await adopt("--database", target)).said).toMatch(/^(?:done.*\n){5}/);
    },
  );

  test("prints what is left, each command does it, and the way back", async () => {
    const { adopt, dropIn, paths, target } = await site();
    const { said, status } = await adopt("--database", target);
    expect(status).toBe(2);
    const commandAfter = (text: RegExp): string => text.exec(said)?.[1] ?? "";
    const run = (command: string) => {
      writeFileSync(join(folder, "systemctl"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
      execFileSync("bash", ["-ec", command], {
        env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
      });
    };
    expect(said).toContain(`container-gateway register --foreman ${katello.origin} --name ${HOST}-registry`);
    run(commandAfter(/lead Apache's registry to the gateway:\n +(.*)/));
    run(commandAfter(/disable the plugin.*:\n +(.*)/));
    expect(readFileSync(dropIn, "utf8")).toMatch(
      /^Define CONTAINER_GATEWAY_ADDRESS http:\/\/127\.0\.0\.1:9000\nDefine CONTAINER_GATEWAY_NAME proxy\.example\.org\nInclude \/.*packaging\/apache\/container-gateway\.conf\n$/,
    );
    const second = (await adopt("--database", target)).said;
    expect(second).toMatch(/^done {4}lead Apache's registry to the gateway$/m);
    expect(second).toMatch(/^done {4}disable the plugin/m);

    const refused = await adopt("--undo");
    expect(refused).toMatchObject({ status: 1, said: expect.stringContaining(`first run rm ${dropIn}`) });
    run(`rm ${dropIn}`);
    const undone = await adopt("--undo");
    expect(undone.said).toMatch(/^run {5}settings: moved/m);
    run(/enable the plugin again:\n +(.*)/.exec(undone.said)?.[1] ?? "");
    expect(readFileSync(join(folder, "secrets", PLUGIN_SECRET), "utf8")).toContain(":enabled: true");
    expect(paths.podman).toContain(folder);
  });

  test("creates the database with the password of PostgreSQL's container", async () => {
    const { adopt } = await site();
    writeFileSync(join(folder, "secrets", "postgresql-admin-password"), "verysecret\n");
    const { said, status } = await adopt();
    // The server of the tests has no superuser of this name. The secret was read, and the server is the plugin's.
    expect(said).toMatch(/^error +the gateway's database: .*postgres/m);
    expect(said).not.toContain("can't be read");
    expect(said).not.toContain("verysecret");
    expect(status).toBe(1);
  });

  test("says what helps if there is no such secret", async () => {
    const { adopt, target } = await site();
    expect((await adopt()).said).toContain(
      "the podman secret postgresql-admin-password can't be read: run this command as root, or name PostgreSQL's superuser with --postgres",
    );
    writeFileSync(join(folder, "podman"), "#!/bin/sh\nexit 125\n");
    expect((await adopt("--database", target)).said).toContain(
      "the podman secret foreman-proxy-settings-yml can't be read: run this command as root, or name files with --smart-proxy-settings",
    );
  });
});
