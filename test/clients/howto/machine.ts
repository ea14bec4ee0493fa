/**
 * A Smart Proxy's machine in namespaces of its own, and a reader who runs the commands of how-to pages on it. Started by `unshare`,
 * with the pages as arguments; prints what each command said as JSON.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, chownSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startDemoKatello } from "../../../src/demo/katello.ts";
import { startDemoPulp } from "../../../src/demo/pulp.ts";
import { DEMO_HOSTS, DEMO_USERS } from "../../../src/demo/world.ts";
import { createForemanApi, type ForemanApi } from "../../support/foreman-api.ts";
import { makeMachine, pluginSecret, smartProxySecret } from "../../support/foremanctl.ts";
import { makePair, type Pair } from "../../support/odd-certificates.ts";
import { PLUGIN, PLUGIN_DATA } from "../../support/plugin.ts";
import { startSmartProxy } from "../../support/smart-proxy.ts";
import { startApache } from "../apache.ts";
import { run as runProgram } from "../command.ts";
import { installedApache } from "../installed-apache.ts";
import { programPath } from "../program.ts";
import { CANNOT_RUN, commandsOf } from "./page.ts";
import { writeStandIns } from "./stand-ins.ts";

const HOST = "proxy.example.org";
const FOREMAN = "foreman.example.org";
const ACCOUNT = "foreman-proxy";
const ETC = "/etc/foreman-proxy";
const POSTGRES = "/usr/lib/postgresql/15/bin";
const FOLDER = "/run/machine";

const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
const sql = (database: string, text: string): string =>
  run("runuser", "-u", "postgres", "--", "psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", text);

/** Gives this process folders that nobody else sees, names, and the account of the Smart Proxy. */
function isolate(): void {
  run("mount", "-t", "tmpfs", "tmpfs", "/run");
  for (const path of ["/etc", "/var/lib"]) {
    const [upper, work] = [`/run/overlay${path}/upper`, `/run/overlay${path}/work`];
    for (const folder of [upper, work]) mkdirSync(folder, { recursive: true });
    run(
      "mount",
      "-t",
      "overlay",
      "overlay",
      "-o",
      `lowerdir=${path},upperdir=${upper},workdir=${work}`,
      path,
    );
  }
  run("ip", "link", "set", "lo", "up");
  run("hostname", HOST);
  writeFileSync("/etc/hosts", `127.0.0.1 localhost ${HOST}\n127.0.0.2 ${FOREMAN}\n`);
  if (spawnSync("id", [ACCOUNT], { stdio: "ignore" }).status !== 0) run("useradd", "--system", ACCOUNT);
  // A gateway may be installed on the machine of the tests.
  rmSync("/etc/container-gateway", { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
}

/** Makes the certificates under the names that the support of the tests uses. */
async function makeCertificates(): Promise<void> {
  process.env.TEST_FOLDER = FOLDER;
  const ca = await makePair({ name: "Katello", isCa: true });
  const client = (name: string) => makePair({ name, ca, purpose: "clientAuth", hosts: [name] });
  const pairs: Record<string, Pair> = {
    server: await makePair({ name: HOST, ca, purpose: "serverAuth", hosts: [HOST, FOREMAN, "localhost"] }),
    gateway: await client(HOST),
    foreman: await client(FOREMAN),
  };
  for (const name of ["ca.crt", "consumers.crt"]) writeFileSync(join(FOLDER, name), ca.cert);
  for (const [name, { cert, key }] of Object.entries(pairs)) {
    writeFileSync(join(FOLDER, `${name}.crt`), cert);
    writeFileSync(join(FOLDER, `${name}.key`), key, { mode: 0o600 });
  }
}

/** Starts PostgreSQL as Debian and Enterprise Linux do, with the plugin's database. */
function startPostgres(): void {
  const data = join(FOLDER, "pg");
  mkdirSync(data);
  for (const path of [data, "/run/postgresql"]) {
    mkdirSync(path, { recursive: true });
    run("chown", "postgres", path);
  }
  const as = ["-u", "postgres", "--"];
  run(
    "runuser",
    ...as,
    join(POSTGRES, "initdb"),
    "-D",
    data,
    "-N",
    "-A",
    "peer",
    "--auth-host",
    "scram-sha-256",
  );
  run(
    ...(["runuser", ...as, join(POSTGRES, "pg_ctl"), "-D", data, "-w", "-l", join(data, "log")] as const),
    ...["-o", "-k /run/postgresql -c listen_addresses=localhost -c fsync=off", "start"],
  );
  sql("postgres", `CREATE ROLE "${ACCOUNT}" LOGIN PASSWORD 'plugin'`);
  sql("postgres", `CREATE DATABASE container_gateway OWNER "${ACCOUNT}"`);
  sql("postgres", "ALTER ROLE postgres PASSWORD 'superuser'");
  sql(
    "container_gateway",
    `SET ROLE "${ACCOUNT}"; ${PLUGIN} ${PLUGIN_DATA} INSERT INTO repositories (name, auth_required) VALUES ('org/public-app', false), ('org/private-app', true)`,
  );
}

/** Serves Foreman's API for Smart Proxies where the pages say. */
async function startForeman(): Promise<void> {
  const foreman: ForemanApi = {
    version: "5.0.0",
    features: ["Container_Gateway", "Pulpcore"],
    records: new Map([[HOST, { id: 1, name: HOST, url: `https://${HOST}:9090` }]]),
    calls: [],
  };
  const server = createForemanApi(foreman);
  await new Promise<void>((resolve) => server.listen(443, "127.0.0.2", resolve));
}

/** Writes what foreman-installer leaves. */
function install(foreman: string, pulp: string): void {
  for (const path of [join(ETC, "settings.d"), "/etc/foreman-installer", "/etc/httpd/conf.d"])
    mkdirSync(path, { recursive: true });
  const files = {
    "ssl_ca.pem": "ca.crt",
    "ssl_cert.pem": "server.crt",
    "ssl_key.pem": "server.key",
    "foreman_ssl_ca.pem": "ca.crt",
    "foreman_ssl_cert.pem": "gateway.crt",
    "foreman_ssl_key.pem": "gateway.key",
  };
  const gid = Number(run("id", "-g", ACCOUNT));
  for (const [name, from] of Object.entries(files)) {
    cpSync(join(FOLDER, from), join(ETC, name));
    chmodSync(join(ETC, name), 0o640);
    chownSync(join(ETC, name), 0, gid);
  }
  writeFileSync(
    join(ETC, "settings.yml"),
    smartProxySecret(foreman, [FOREMAN, HOST]).replace("8443", "9090"),
  );
  writeFileSync(
    join(ETC, "settings.d", "container_gateway.yml"),
    pluginSecret(pulp, "postgresql:///container_gateway").replace("true", "https"),
  );
}

/** Writes what foremanctl leaves, with podman in the place of the real one. */
function deploy(foreman: string, pulp: string): void {
  const database = `postgresql://${ACCOUNT}:plugin@localhost:5432/container_gateway`;
  const { quadlets, certificates } = makeMachine({
    folder: FOLDER,
    hostName: HOST,
    secrets: {
      "foreman-proxy-settings-yml": smartProxySecret(foreman, [FOREMAN, HOST]),
      "foreman-proxy-container_gateway-yml": pluginSecret(pulp, database),
      "postgresql-admin-password": "superuser",
    },
  });
  mkdirSync("/etc/containers", { recursive: true });
  run("rm", "-rf", "/etc/containers/systemd", "/var/lib/foremanctl");
  mkdirSync("/var/lib/foremanctl");
  cpSync(quadlets, "/etc/containers/systemd", { recursive: true });
  cpSync(certificates, "/var/lib/foremanctl/certs", { recursive: true });
}

async function main([installer, ...pages]: readonly string[]): Promise<void> {
  isolate();
  await makeCertificates();
  startPostgres();
  const tls = {
    ca: join(FOLDER, "ca.crt"),
    cert: join(FOLDER, "server.crt"),
    key: join(FOLDER, "server.key"),
  };
  const [ca, cert, key] = [tls.ca, tls.cert, tls.key].map((path) => run("cat", path));
  const server = { cert: cert ?? "", key: key ?? "" };
  const katello = await startDemoKatello({
    tls: { ca: ca ?? "", server },
    users: DEMO_USERS,
    hosts: DEMO_HOSTS,
  });
  const pulp = await startDemoPulp({ tls: { ca: ca ?? "", ...server }, clientName: HOST });
  const smartProxy = await startSmartProxy([FOREMAN, HOST], 9090);
  smartProxy.hasPlugin = true;
  await startForeman();
  const foreman = katello.origin.replace("127.0.0.1", "localhost");
  if (installer === "foremanctl") deploy(foreman, pulp.origin);
  else install(foreman, pulp.origin);

  mkdirSync("/etc/httpd/conf.d", { recursive: true });
  const virtualHost = "/etc/httpd/conf.d/10-rhsm-pulpcore-https-443.conf";
  const vhostText = installedApache({
    installer: installer === "foremanctl" ? "foremanctl" : "foreman-installer",
    port: 443,
    gateway: `${HOST}:9090`,
    pulp,
    hostsCa: tls.ca,
  }).replace(
    "ServerName localhost",
    `ServerName ${HOST}\nIncludeOptional /etc/httpd/conf.d/05-foreman-ssl.d/*.conf`,
  );
  const template = join(FOLDER, "vhost.template");
  for (const path of [template, virtualHost]) writeFileSync(path, vhostText);
  const apache = await startApache(`Include ${virtualHost}\n`, 443);

  const bin = join(FOLDER, "bin");
  mkdirSync(bin);
  if (installer === "foremanctl") cpSync(join(FOLDER, "podman"), join(bin, "podman"));
  writeStandIns({
    folder: bin,
    hostName: HOST,
    account: ACCOUNT,
    apache: { configuration: join(apache.folder, "httpd.conf"), program: programPath("apache2") },
    virtualHost,
    virtualHostTemplate: template,
    pluginSettings: join(ETC, "settings.d", "container_gateway.yml"),
  });

  const results: unknown[] = [];
  for (const { page, command, shown } of pages.flatMap(commandsOf)) {
    const ended = CANNOT_RUN.test(command)
      ? undefined
      : await runProgram("bash", ["-c", command], {
          seconds: 60,
          cwd: FOLDER,
          env: {
            PATH: `${bin}:${POSTGRES}:/usr/sbin:/usr/bin:/sbin:/bin`,
            HOME: FOLDER,
            FOREMAN_PASSWORD: "changeme",
          },
        });
    results.push({ page, command, shown, ...ended });
  }
  await apache.stop();
  process.stdout.write(`${JSON.stringify(results)}\n`);
  process.exit(0);
}

await main(process.argv.slice(2));
