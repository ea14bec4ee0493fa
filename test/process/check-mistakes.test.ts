import { createPrivateKey, randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { check } from "../../src/check/check.ts";
import { readSettings } from "../../src/settings/load.ts";
import { createDatabase, query } from "../support/database.ts";
import {
  pem,
  settingsFor,
  startTestGateway,
  type TestGateway,
  testFolder,
  writeSettings,
} from "../support/gateway.ts";
import { makePair, type Pair, writePair, writeTemporary } from "../support/odd-certificates.ts";
import {
  startMailServer,
  startPage,
  startPlainPage,
  startSilence,
  startStrictPage,
} from "../support/odd-systems.ts";
import { startSmartProxy } from "../support/smart-proxy.ts";

/** Settings that a mistake changes; null removes one. A function makes the state that is wrong, and returns the changes. */
type Changes = Readonly<Record<string, unknown>>;
type Mistake = readonly [
  what: string,
  changes: Changes | (() => Promise<Changes>),
  level: "warning" | "error",
  setting: string | undefined,
  text: RegExp,
  advice: RegExp,
];

let world: TestGateway;
let database: string;
let root: Pair;
beforeAll(async () => {
  world = await startTestGateway();
  database = await createDatabase();
  root = await makePair({ name: "Odd root", isCa: true });
});
afterAll(() => world.stop());

/** Systems and files of one mistake. */
const running: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
});
function closeLater<Running extends { close(): Promise<unknown> }>(one: Running): Running {
  running.push(one);
  return one;
}

const inFolder = (name: string): string => join(testFolder(), name);
const nextTo = (name: string): string => inFolder(`${randomBytes(4).toString("hex")}-${name}`);

function usual(): Record<string, unknown> {
  return settingsFor(world.katello.origin, world.pulp.origin, database, nextTo("x.sock"));
}

async function findingsOf(changes: Changes, environment: NodeJS.ProcessEnv = {}) {
  const file = writeSettings({ ...usual(), ...changes });
  return { file, findings: await check(readSettings(file, environment)) };
}

/** Settings of a façade in front of a stand-in. */
const facade = (smart_proxy_url: string) => ({
  smart_proxy_url,
  facade_listen: "https://127.0.0.1:0",
  trusted_hosts: ["foreman.example.org", "gateway.example.org"],
});

const takePort = async (): Promise<string> => closeLater(await startMailServer()).host.replace(/.*:/, "");

async function takeSocket(): Promise<string> {
  const path = nextTo("taken.sock");
  const server = createServer((socket) => void socket.destroy());
  await new Promise<void>((resolve) => server.listen(path, resolve));
  closeLater({ close: () => new Promise((resolve) => server.close(resolve)) });
  return path;
}

/** Files of a server certificate of `root`, and the settings that name them. */
async function serverWith(kind: Parameters<typeof makePair>[0] = {}, ...chain: readonly string[]) {
  const { cert, key } = writePair(
    await makePair({ ca: root, purpose: "serverAuth", hosts: ["localhost"], ...kind }),
    ...chain,
  );
  return { ssl_certificate: cert, ssl_private_key: key };
}

/** Serves https with a certificate that `root` has signed for other hosts or other times. */
async function katelloWith(kind: Parameters<typeof makePair>[0]): Promise<Changes> {
  const pair = await makePair({ ca: root, purpose: "serverAuth", hosts: ["localhost"], ...kind });
  const { host } = closeLater(await startPage((_, response) => void response.end(), pair));
  return { foreman_url: `https://${host}`, foreman_ssl_ca: writeTemporary(root.cert) };
}

async function page(status: number, text = "<html>It works!</html>", headers: Record<string, string> = {}) {
  const { host } = closeLater(
    await startPage((_, response) => void response.writeHead(status, headers).end(text)),
  );
  return `https://${host}`;
}

const TOKEN = JSON.stringify({ token: "unauthenticated", expires_in: 60 });

/** A Katello whose replies depend on the path. */
async function katelloThat(statusOf: (path: string) => number, headers: Record<string, string> = {}) {
  const { host } = closeLater(
    await startPage((request, response) => {
      const [path = ""] = (request.url ?? "").split("?");
      response.writeHead(statusOf(path), headers).end(path === "/v2/token" ? TOKEN : '{"repositories":[]}');
    }),
  );
  return { foreman_url: `https://${host}` };
}

async function databaseWith(sql: string, from: "template_gateway" | "template0" = "template_gateway") {
  const url = await createDatabase(from);
  await query(url, sql);
  return { db_connection_string: url };
}

const CALLERS: readonly Mistake[] = [
  [
    "no trusted_hosts",
    { listen: ["https://127.0.0.1:0"], trusted_hosts: [] },
    "error",
    "trusted_hosts",
    /no listener accepts Katello's calls: trusted_hosts is empty/,
    /common name of Foreman's client certificate/,
  ],
  [
    "no ssl_ca_file",
    { listen: ["https://127.0.0.1:0"], trusted_hosts: [], ssl_ca_file: null },
    "error",
    "ssl_ca_file",
    /without ssl_ca_file no client certificate is valid/,
    /set ssl_ca_file to the CA of Foreman/,
  ],
  [
    "no listener for Katello",
    { listen: ["http://127.0.0.1:0"] },
    "error",
    "listen",
    /no listener accepts Katello's calls/,
    /add an https address/,
  ],
  [
    "no rhsm_ca_file",
    { rhsm_ca_file: null },
    "warning",
    "rhsm_ca_file",
    /hosts can't pull with their consumer certificates/,
    /katello-default-ca/,
  ],
  [
    "trusted_proxies of everybody",
    { trusted_proxies: ["0.0.0.0/0"] },
    "error",
    "trusted_proxies",
    /makes every client a trusted reverse proxy/,
    /list the addresses/,
  ],
  [
    "a name in trusted_proxies without a CA",
    { trusted_proxies: ["proxy.example.org"], trusted_hosts: [], ssl_ca_file: null },
    "error",
    "trusted_proxies",
    /proxy.example.org can't be recognized/,
    /set ssl_ca_file/,
  ],
  [
    "passwords in clear text on the network",
    { listen: ["http://0.0.0.0:0", "https://127.0.0.1:0"] },
    "warning",
    "listen",
    /passwords and tokens are sent in clear text/,
    /listen on https/,
  ],
  [
    "a public_url that the certificate does not name",
    { public_url: "https://registry.example.org" },
    "error",
    "public_url",
    /ssl_certificate names DNS:localhost.*and not registry.example.org/,
    /a certificate that names it/,
  ],
  [
    "a public_url with plain http",
    { public_url: "http://localhost" },
    "warning",
    "public_url",
    /plain http, although the gateway listens on https/,
    /https origin/,
  ],
  [
    "more failed logins than Foreman allows",
    { foreman_failed_logins: 30 },
    "warning",
    "foreman_failed_logins",
    /Foreman locks out this gateway after 30/,
    /below 30, or to 0 if the trusted_proxies/,
  ],
];

const CERTIFICATES: readonly Mistake[] = [
  [
    "a certificate that expires within 30 days",
    async () => ({
      ...(await serverWith({ to: 10 })),
      ssl_ca_file: writeTemporary(`${pem("ca.crt")}${root.cert}`),
    }),
    "warning",
    "ssl_certificate",
    /^CN=odd.example.org expires on /,
    /install a new certificate/,
  ],
  [
    "an expired certificate",
    () => serverWith({ from: -9, to: -1 }),
    "error",
    "ssl_certificate",
    /^CN=odd.example.org expired on /,
    /install a new certificate/,
  ],
  [
    "a certificate that is not valid yet",
    () => serverWith({ from: 2 }),
    "error",
    "ssl_certificate",
    /is not valid before/,
    /set the clock/,
  ],
  [
    "an expired CA in a file with a valid one",
    async () => {
      const old = await makePair({ name: "Old CA", isCa: true, from: -9, to: -1 });
      return { foreman_ssl_ca: writeTemporary(`${pem("ca.crt")}\n${old.cert}`) };
    },
    "warning",
    "foreman_ssl_ca",
    /^CN=Old CA expired on /,
    /remove it from the file/,
  ],
  [
    "an expired CA",
    async () => {
      const old = await makePair({ name: "Old CA", isCa: true, from: -9, to: -1 });
      return { rhsm_ca_file: writeTemporary(old.cert) };
    },
    "error",
    "rhsm_ca_file",
    /^CN=Old CA expired on /,
    /install a new certificate/,
  ],
  [
    "a client certificate as the server's",
    async () => ({ ssl_certificate: inFolder("foreman.crt"), ssl_private_key: inFolder("foreman.key") }),
    "error",
    "ssl_certificate",
    /CN=foreman.example.org is not meant for this.*lacks serverAuth/,
    /issued with serverAuth/,
  ],
  [
    "a server certificate as the client's",
    async () => ({ foreman_ssl_cert: inFolder("server.crt"), foreman_ssl_key: inFolder("server.key") }),
    "error",
    "foreman_ssl_cert",
    /CN=localhost is not meant for this.*lacks clientAuth/,
    /issued with clientAuth/,
  ],
  [
    "a CA file without a CA",
    async () => ({ ssl_ca_file: inFolder("server.crt") }),
    "error",
    "ssl_ca_file",
    /contains no CA: CN=localhost may not sign others/,
    /name the file of the CA/,
  ],
  [
    "certificates in the wrong order",
    async () => {
      const middle = await makePair({ name: "Odd middle", isCa: true, ca: root });
      return serverWith({ ca: middle }, root.cert, middle.cert);
    },
    "warning",
    "ssl_certificate",
    /wrong order: CN=Odd root follows CN=odd.example.org, but did not sign it/,
    /put the certificate of ssl_certificate first/,
  ],
  [
    "a certificate of a file that is not the first one",
    async () => {
      const pair = await makePair({ ca: root });
      return {
        ssl_certificate: writeTemporary(`${root.cert}\n${pair.cert}`),
        ssl_private_key: writeTemporary(pair.key),
      };
    },
    "error",
    "ssl_certificate",
    /certificate of ssl_private_key is not the first one/,
    /./,
  ],
  [
    "a chain without its intermediate CA",
    async () => serverWith({ ca: await makePair({ name: "Odd middle", isCa: true, ca: root }) }),
    "warning",
    "ssl_certificate",
    /chain is incomplete: CN=Odd middle, which signed CN=odd.example.org/,
    /append the certificates of the intermediate CAs/,
  ],
  [
    "the key of another certificate",
    async () => ({ ssl_private_key: inFolder("stranger.key") }),
    "error",
    "ssl_private_key",
    /is not the key of ssl_certificate/,
    /name the key/,
  ],
  [
    "an encrypted key",
    async () => {
      const key = createPrivateKey(pem("server.key"));
      const text = key.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "secret" });
      return { ssl_private_key: writeTemporary(String(text)) };
    },
    "error",
    "ssl_private_key",
    /is encrypted.*openssl pkey -in .* -out /,
    /./,
  ],
  [
    "a certificate in the place of a key",
    async () => ({ foreman_ssl_key: inFolder("gateway.crt") }),
    "error",
    "foreman_ssl_key",
    /contains no private key/,
    /name the right PEM file/,
  ],
  [
    "a certificate that is cut short",
    async () => ({ rhsm_ca_file: writeTemporary(pem("consumers.crt").replace(/\n.{64}\n/, "\n")) }),
    "error",
    "rhsm_ca_file",
    /can't be parsed|contains no certificate/,
    /./,
  ],
];

const FILES: readonly Mistake[] = [
  [
    "a private key that every account may read",
    async () => ({ ssl_private_key: writeTemporary(pem("server.key"), 0o644) }),
    "warning",
    "ssl_private_key",
    /every account of this machine may read the private key/,
    /^chmod o= /,
  ],
  [
    "an unwritable data_dir",
    { db_connection_string: null, data_dir: "/etc/hostname/data" },
    "error",
    "data_dir",
    /can't be written: it is below a file/,
    /belongs to the gateway's account, or set db_connection_string/,
  ],
  [
    "a data_dir that is a file",
    async () => ({ db_connection_string: null, data_dir: writeTemporary("", 0o700) }),
    "error",
    "data_dir",
    /not a folder/,
    /name a folder/,
  ],
  [
    "a data_dir with a path that is too long",
    { db_connection_string: null, data_dir: `/tmp/${"x".repeat(100)}` },
    "error",
    "data_dir",
    /too long for a unix socket/,
    /name a folder/,
  ],
  [
    "an audit log in a missing folder",
    { audit_log: "/nowhere/audit.log" },
    "error",
    "audit_log",
    /\/nowhere does not exist/,
    /create the folder/,
  ],
  [
    "an audit log that is a folder",
    async () => ({ audit_log: testFolder() }),
    "error",
    "audit_log",
    /it is a folder/,
    /name a file/,
  ],
  [
    "a missing revocation list",
    { rhsm_crl_file: "/nowhere/list.crl" },
    "error",
    "rhsm_crl_file",
    /does not exist/,
    /correct the path/,
  ],
  [
    "a file that is no revocation list",
    async () => ({ rhsm_crl_file: inFolder("ca.crt") }),
    "error",
    "rhsm_crl_file",
    /contains no revocation list/,
    /install the current list/,
  ],
];

const LISTENERS: readonly Mistake[] = [
  [
    "a port that another program uses",
    async () => ({ listen: [`https://127.0.0.1:${await takePort()}`] }),
    "error",
    "listen",
    /in use by another program/,
    /ss -ltnp 'sport = :\d+'/,
  ],
  [
    "a façade on the port of another program",
    async () => {
      const { url } = closeLater(await startSmartProxy(["gateway.example.org"]));
      return { ...facade(url), facade_listen: `https://127.0.0.1:${await takePort()}` };
    },
    "error",
    "facade_listen",
    /in use by another program/,
    /another port in facade_listen/,
  ],
  [
    "a unix socket that another program uses",
    async () => ({ listen: [`unix:${await takeSocket()}`] }),
    "error",
    "listen",
    /in use by another program/,
    /choose another path/,
  ],
  [
    "a file at the path of a unix socket",
    async () => ({ listen: [`unix:${writeTemporary("")}`] }),
    "error",
    "listen",
    /is a file, and not a socket/,
    /choose another path/,
  ],
  [
    "a unix socket in a missing folder",
    { listen: ["unix:/nowhere/x.sock"] },
    "error",
    "listen",
    /\/nowhere does not exist/,
    /create the folder/,
  ],
  [
    "an address of another machine",
    { listen: ["https://192.0.2.1:9443"] },
    "error",
    "listen",
    /192.0.2.1 is not an address of this machine/,
    /or 0.0.0.0 for all/,
  ],
  [
    "a listen address with an unknown name",
    { listen: ["https://no-such-host.invalid:9443"] },
    "error",
    "listen",
    /no-such-host.invalid has no address/,
    /or 0.0.0.0 for all/,
  ],
];

const DATABASE: readonly Mistake[] = [
  [
    "a PostgreSQL that does not run",
    { db_connection_string: "postgresql://nobody@127.0.0.1:9/x" },
    "error",
    "db_connection_string",
    /refuses the connection/,
    /start PostgreSQL/,
  ],
  [
    "a socket folder without PostgreSQL",
    { db_connection_string: "postgresql:///x?host=/nowhere" },
    "error",
    "db_connection_string",
    /no unix socket of PostgreSQL/,
    /name its socket's folder/,
  ],
  [
    "an unknown database host",
    { db_connection_string: "postgresql://nobody@no-such-host.invalid/x" },
    "error",
    "db_connection_string",
    /name of its host (?:is unknown|can't be looked up)/,
    /correct the host/,
  ],
  [
    "a role that does not exist",
    async () => {
      const url = new URL(database);
      url.searchParams.set("user", "nobody_at_all");
      url.username = url.searchParams.has("host") ? "" : "nobody_at_all";
      return { db_connection_string: url.href };
    },
    "error",
    "db_connection_string",
    /does not let this role and account in/,
    /pg_hba.conf/,
  ],
  [
    "a read-only database",
    async () => {
      const changes = await databaseWith("SELECT 1");
      const name = new URL(changes.db_connection_string).pathname.slice(1);
      await query(
        changes.db_connection_string,
        `ALTER DATABASE ${name} SET default_transaction_read_only = on`,
      );
      return changes;
    },
    "error",
    "db_connection_string",
    /is read-only for the role/,
    /default_transaction_read_only/,
  ],
  [
    "a hot standby",
    async () => {
      const changes = await databaseWith(
        "CREATE FUNCTION public.pg_is_in_recovery() RETURNS bool LANGUAGE sql AS 'SELECT true'",
      );
      const name = new URL(changes.db_connection_string).pathname.slice(1);
      await query(
        changes.db_connection_string,
        `ALTER DATABASE ${name} SET search_path = public, pg_catalog`,
      );
      return changes;
    },
    "error",
    "db_connection_string",
    /is a read-only standby/,
    /set db_connection_string to the primary server/,
  ],
  [
    "the database of another program",
    () => databaseWith("CREATE TABLE invoices (id int)", "template0"),
    "error",
    "db_connection_string",
    /has tables of another program \(invoices\)/,
    /a database of the gateway's own/,
  ],
  [
    "the plugin's database",
    () =>
      databaseWith(
        "CREATE TABLE schema_info (version int); CREATE TABLE repositories (id int, name text, auth_required bool)",
        "template0",
      ),
    "error",
    "db_connection_string",
    /belongs to the plugin smart_proxy_container_gateway/,
    /run `container-gateway adopt`/,
  ],
  [
    "a database of a newer version",
    () =>
      databaseWith(
        "INSERT INTO migrations (name, run_on) VALUES ('/29990101000000-later', now()); COMMENT ON TABLE migrations IS 'container-gateway 9.9.0, for 9.8.0 or later'",
      ),
    "error",
    "db_connection_string",
    /migrated by a newer version \(.*29990101000000-later/,
    /restore the backup/,
  ],
  [
    "a database that another role may change",
    () => databaseWith("GRANT DELETE ON repositories TO with_password"),
    "warning",
    "db_connection_string",
    /another role may change the gateway's tables: with_password/,
    /REVOKE its privileges .*the plugin must not use this database/,
  ],
  [
    "a database that is not migrated",
    () => databaseWith("DELETE FROM migrations WHERE name = (SELECT max(name) FROM migrations)"),
    "warning",
    "db_connection_string",
    /1 migrations are pending/,
    /back up the database/,
  ],
];

const UPSTREAMS: readonly Mistake[] = [
  [
    "a Pulp URL that is some other page",
    async () => ({ pulp_endpoint: await page(200) }),
    "error",
    "pulp_endpoint",
    /some other page is there, and not Pulp's registry.* replies 200/,
    /Apache that serves Pulp's registry/,
  ],
  [
    "a Pulp URL without a registry",
    async () => ({ pulp_endpoint: await page(404) }),
    "error",
    "pulp_endpoint",
    /some other page.* replies 404/,
    /Apache that serves Pulp's registry/,
  ],
  [
    "a Pulp that is out of order",
    async () => ({ pulp_endpoint: await page(503) }),
    "error",
    "pulp_endpoint",
    /out of order: it replies 503/,
    /see the log of Pulp/,
  ],
  [
    "https where Pulp speaks plain http",
    async () => {
      const { host } = closeLater(await startPlainPage((_, response) => void response.end()));
      return { pulp_endpoint: `https://${host}` };
    },
    "error",
    "pulp_endpoint",
    /the URL says https, but plain http is spoken there/,
    /set pulp_endpoint to the https port, or to http:/,
  ],
  [
    "plain http where Pulp speaks https",
    async () => ({ pulp_endpoint: world.pulp.origin.replace("https", "http") }),
    "error",
    "pulp_endpoint",
    /the URL says http, but https is spoken there/,
    /set pulp_endpoint to https:/,
  ],
  [
    "the wrong CA for Pulp",
    async () => ({ pulp_client_ssl_ca: inFolder("consumers.crt") }),
    "error",
    "pulp_client_ssl_ca",
    /CN=localhost is signed by CN=Demo authority, which is no CA of pulp_client_ssl_ca/,
    /name the file of that CA/,
  ],
  [
    "no client certificate at Pulp",
    { foreman_ssl_cert: null, foreman_ssl_key: null },
    "error",
    "pulp_client_ssl_cert",
    /replies 403 to a request without a client certificate/,
    /in pulp_client_ssl_cert and pulp_client_ssl_key/,
  ],
  [
    "a client certificate that Pulp does not accept",
    async () => ({
      pulp_client_ssl_cert: inFolder("stranger.crt"),
      pulp_client_ssl_key: inFolder("stranger.key"),
    }),
    "error",
    "pulp_client_ssl_cert",
    /does not accept the certificate of pulp_client_ssl_cert/,
    /a client certificate that it accepts/,
  ],
  [
    "a Pulp that requires the certificate of another CA",
    async () => {
      const { host } = closeLater(await startStrictPage((_, response) => void response.end()));
      return { pulp_endpoint: `https://${host}` };
    },
    "error",
    "pulp_client_ssl_cert",
    /closes the connection without a reply|does not accept the certificate/,
    /a CA/,
  ],
  [
    "a Pulp that does not run",
    { pulp_endpoint: "https://127.0.0.1:9" },
    "error",
    "pulp_endpoint",
    /127.0.0.1:9 refuses the connection/,
    /start Pulp, or correct the port/,
  ],
  [
    "a Pulp that does not reply",
    async () => {
      const { host } = closeLater(await startPage(() => undefined));
      return { pulp_endpoint: `https://${host}`, pulp_timeout: 1 };
    },
    "error",
    "pulp_timeout",
    /does not reply in time/,
    /raise pulp_timeout/,
  ],
  [
    "https where Foreman speaks plain http",
    async () => {
      const { host } = closeLater(await startPlainPage((_, response) => void response.end()));
      return { foreman_url: `https://${host}` };
    },
    "error",
    "foreman_url",
    /the URL says https, but plain http is spoken there/,
    /set foreman_url to the https port/,
  ],
  [
    "plain http where Foreman speaks https",
    async () => ({ foreman_url: world.katello.origin.replace("https", "http") }),
    "error",
    "foreman_url",
    /the URL says http, but https is spoken there/,
    /set foreman_url to https:/,
  ],
  [
    "the wrong CA for Foreman",
    async () => ({ foreman_ssl_ca: inFolder("consumers.crt"), pulp_client_ssl_ca: inFolder("ca.crt") }),
    "error",
    "foreman_ssl_ca",
    /signed by CN=Demo authority, which is no CA of foreman_ssl_ca/,
    /name the file of that CA/,
  ],
  [
    "another name in Foreman's certificate",
    () => katelloWith({ hosts: ["foreman.example.org"] }),
    "error",
    "foreman_url",
    /names DNS:foreman.example.org, and not localhost/,
    /name a host of the certificate/,
  ],
  [
    "an expired certificate of Foreman",
    () => katelloWith({ from: -9, to: -1 }),
    "error",
    "foreman_url",
    /expired on /,
    /renew it at Katello/,
  ],
  [
    "an unknown name in foreman_url",
    { foreman_url: "https://no-such-host.invalid" },
    "error",
    "foreman_url",
    /the name no-such-host.invalid is unknown/,
    /correct the host in foreman_url/,
  ],
  [
    "a Foreman that never finishes the TLS handshake",
    async () => ({ foreman_url: `https://${closeLater(await startSilence()).host}`, connect_timeout: 1 }),
    "error",
    "connect_timeout",
    /TLS handshake was not finished in time/,
    /raise connect_timeout/,
  ],
  [
    "a foreman_url without Katello",
    async () => ({ foreman_url: await page(200) }),
    "error",
    "foreman_url",
    /some other page is there, and not Katello's registry/,
    /the Foreman server with Katello/,
  ],
  [
    "a Katello that is rate limiting",
    async () => ({ foreman_url: await page(429) }),
    "warning",
    "foreman_url",
    /rate limiting/,
    /again in a minute/,
  ],
  [
    "a certificate that Katello does not accept for hosts",
    () => katelloThat((path) => ({ "/v2/token": 200, "/v2/_catalog": 403 })[path] ?? 401),
    "error",
    "foreman_ssl_cert",
    /replies 403: it does not accept the certificate of foreman_ssl_cert/,
    /a client certificate that it accepts/,
  ],
  [
    "a Katello that accepts any token",
    () => katelloThat(() => 200),
    "error",
    "token_recheck",
    /accepts a Bearer token that was never issued/,
    /requests no client certificate/,
  ],
  [
    "a clock that differs from Foreman's",
    () =>
      katelloThat((path) => (path === "/v2/" ? 401 : 200), {
        Date: new Date(Date.now() - 90_000).toUTCString(),
      }),
    "warning",
    "foreman_url",
    /Foreman's clock is (?:89|90|91|92) s behind this machine's/,
    /synchronize the clocks/,
  ],
  [
    "no client certificate for Katello",
    async () => ({
      foreman_ssl_cert: null,
      foreman_ssl_key: null,
      pulp_client_ssl_cert: inFolder("gateway.crt"),
      pulp_client_ssl_key: inFolder("gateway.key"),
    }),
    "warning",
    "foreman_ssl_cert",
    /what hosts may pull: foreman_ssl_cert is not set/,
    /in foreman_ssl_cert and foreman_ssl_key/,
  ],
];

const SMART_PROXY: readonly Mistake[] = [
  [
    "a Smart Proxy that does not run",
    () => Promise.resolve(facade("https://localhost:9")),
    "error",
    "smart_proxy_url",
    /localhost:9 refuses the connection/,
    /start the Smart Proxy/,
  ],
  [
    "plain http in smart_proxy_url",
    () => Promise.resolve(facade("http://localhost:9090")),
    "error",
    "smart_proxy_url",
    /must be an https URL/,
    /./,
  ],
  [
    "https where the Smart Proxy speaks plain http",
    async () => {
      const { host } = closeLater(await startPlainPage((_, response) => void response.end()));
      return facade(`https://${host}`);
    },
    "error",
    "smart_proxy_url",
    /plain http is spoken there/,
    /set smart_proxy_url to the https port/,
  ],
  [
    "a smart_proxy_url that is some other page",
    async () => facade(await page(200)),
    "error",
    "smart_proxy_url",
    /some other page is there, and not a Smart Proxy/,
    /https port of the Smart Proxy/,
  ],
  [
    "a smart_proxy_url that is the gateway itself",
    () => Promise.resolve(facade(world.https.replace("127.0.0.1", "localhost"))),
    "error",
    "smart_proxy_url",
    /this is a gateway, and not the Smart Proxy/,
    /https port of the Smart Proxy/,
  ],
  [
    "a Smart Proxy that does not trust the gateway",
    async () => facade(closeLater(await startSmartProxy(["foreman.example.org"])).url),
    "error",
    "foreman_ssl_cert",
    /gateway.example.org is not in its trusted_hosts/,
    /add gateway.example.org to :trusted_hosts: in/,
  ],
  [
    "a client certificate of a CA that the Smart Proxy does not know",
    async () => {
      const { cert, key } = writePair(await makePair({ ca: root, purpose: "clientAuth" }));
      const { url } = closeLater(await startSmartProxy(["odd.example.org"]));
      return {
        ...facade(url),
        trusted_hosts: ["odd.example.org"],
        foreman_ssl_cert: cert,
        foreman_ssl_key: key,
      };
    },
    "error",
    "foreman_ssl_cert",
    /closes the connection without a reply/,
    /a CA that it knows must have signed/,
  ],
  [
    "trusted_hosts without the gateway's own name",
    async () => ({
      ...facade(closeLater(await startSmartProxy(["gateway.example.org"])).url),
      trusted_hosts: ["foreman.example.org"],
    }),
    "error",
    "trusted_hosts",
    /gateway.example.org, the common name of foreman_ssl_cert, is not in trusted_hosts/,
    /add gateway.example.org to trusted_hosts/,
  ],
];

const SETTINGS: readonly Mistake[] = [
  [
    "a typo in the name of a setting",
    { foremn_url: "https://x" },
    "error",
    "foremn_url",
    /did you mean foreman_url/,
    /correct the name/,
  ],
  ["a number as a path", { ssl_ca_file: 5 }, "error", "ssl_ca_file", /^must be text$/, /docs\/settings.md/],
  [
    "a value that is none of those allowed",
    { content_delivery: "carrier pigeon" },
    "error",
    "content_delivery",
    /^must be redirect or stream$/,
    /correct the value/,
  ],
  [
    "an empty common name",
    { trusted_hosts: [""] },
    "error",
    "trusted_hosts",
    /^must not be empty$/,
    /correct the value/,
  ],
  [
    "a cipher that OpenSSL does not know",
    { tls_ciphers: "ROT13:ECDHE+AESGCM" },
    "error",
    "tls_ciphers",
    /^OpenSSL has no cipher ROT13: `openssl ciphers -v` lists/,
    /./,
  ],
  [
    "a file that does not exist",
    { foreman_ssl_ca: "/nowhere/ca.pem" },
    "error",
    "foreman_ssl_ca",
    /can't be read: ENOENT/,
    /correct the path, or create the file/,
  ],
  ["a setting that is missing", { pulp_endpoint: null }, "error", "pulp_endpoint", /is missing/, /add the/],
];

/** Texts of OpenSSL, of zod and of JavaScript, which tell an operator nothing. */
const JARGON = /error:[0-9A-F]{8}|routines|Invalid input|Invalid option|undefined|\[object|NaN/;

describe.each([
  ["callers", CALLERS],
  ["certificates", CERTIFICATES],
  ["files", FILES],
  ["listeners", LISTENERS],
  ["the database", DATABASE],
  ["upstreams", UPSTREAMS],
  ["the Smart Proxy", SMART_PROXY],
  ["settings", SETTINGS],
])("check of %s", (_, mistakes) => {
  test.each(mistakes)("finds %s", async (_what, changes, level, setting, text, advice) => {
    const changed = typeof changes === "function" ? await changes() : changes;
    const { file, findings } = await findingsOf(changed);
    const found = findings.filter((one) => one.level === level && one.setting === setting);
    expect(found.length > 0 ? found : findings.filter((one) => one.level !== "ok")).toContainEqual(
      expect.objectContaining({
        level,
        setting,
        text: expect.stringMatching(text),
        advice: expect.stringMatching(advice),
      }),
    );
    const line =
      readFileSync(file, "utf8")
        .split("\n")
        .findIndex((one) => one.startsWith(`${setting}:`)) + 1;
    const isSet = line > 0 && changed[setting ?? ""] !== null;
    expect(found[0]?.place).toBe(isSet ? `${file}:${line}` : file);
    for (const finding of findings) {
      expect(`${finding.text} ${finding.advice}`).not.toMatch(JARGON);
      if (finding.level !== "ok") expect(finding.advice).not.toBe("");
    }
  });
});

describe("check", () => {
  test("names the variable of a setting from the environment", async () => {
    const { findings } = await findingsOf({}, { CONTAINER_GATEWAY_FOREMAN_URL: "https://127.0.0.1:9" });
    expect(findings).toContainEqual(
      expect.objectContaining({
        level: "error",
        place: "CONTAINER_GATEWAY_FOREMAN_URL",
        setting: "foreman_url",
      }),
    );
  });

  test("finds settings with a password that every account may read", async () => {
    const file = writeSettings({ ...usual(), db_connection_string: "postgresql://u:pw-9q@127.0.0.1:9/x" });
    const findings = await check(readSettings(file, {}));
    expect(findings).toContainEqual(
      expect.objectContaining({
        level: "warning",
        text: expect.stringMatching(/may read the settings file, which contains a password/),
      }),
    );
    chmodSync(file, 0o640);
    const closed = await check(readSettings(file, {}));
    expect(closed.filter(({ level }) => level === "warning")).toEqual([]);
  });

  test("reports a file that is no YAML without its text", async () => {
    const file = nextTo("broken.yml");
    writeFileSync(file, "db_connection_string: [pw-9q\n");
    const findings = await check(readSettings(file, {}));
    expect(findings).toEqual([expect.objectContaining({ level: "error", subject: "settings", place: file })]);
    expect(JSON.stringify(findings)).not.toMatch("pw-9q");
  });

  test("accepts a data_dir that can be created", async () => {
    const folder = nextTo("data");
    mkdirSync(folder);
    const { findings } = await findingsOf({
      db_connection_string: null,
      data_dir: join(folder, "new", "data"),
    });
    expect(findings.filter(({ setting }) => setting === "data_dir").map(({ level }) => level)).toEqual([
      "ok",
      "ok",
    ]);
  });

  test("accepts a Smart Proxy that trusts the gateway", async () => {
    const { url } = closeLater(await startSmartProxy(["gateway.example.org"]));
    const { findings } = await findingsOf(facade(url));
    expect(findings.filter(({ level }) => level !== "ok")).toEqual([]);
    expect(findings.at(-1)?.text).toMatch(
      /has 5 features, and trusts the gateway's certificate gateway.example.org/,
    );
  });
});
