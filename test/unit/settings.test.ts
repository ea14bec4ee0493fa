import "reflect-metadata";
import { createPrivateKey, webcrypto } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { cryptoProvider, X509CertificateGenerator } from "@peculiar/x509";
import { parse } from "yaml";
import { renderSettingsPage } from "../../scripts/settings-page.ts";
import { loadSettings } from "../../src/settings/load.ts";
import { settingsFor, testFolder, writeSettings } from "../support/gateway.ts";

const usual = () =>
  settingsFor(
    "https://foreman.example.org",
    "https://pulp.example.org",
    "postgresql://u:pw-9q@db/x",
    "/tmp/x.sock",
  );
const load = (settings: Record<string, unknown>, environment: NodeJS.ProcessEnv = {}) =>
  loadSettings(writeSettings({ ...usual(), ...settings }), environment);
function fileOf(text: string): string {
  const path = join(testFolder(), `text-${Math.random()}.yml`);
  writeFileSync(path, text);
  return path;
}
function problems(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "none";
}

describe("settings", () => {
  test("are read, completed with defaults and frozen", () => {
    const settings = load({ db_connection_string: "postgresql:///container_gateway" });
    expect(settings.client_endpoint).toBe("https://pulp.example.org");
    expect(settings.pulp_client_ssl_cert?.path).toBe(join(testFolder(), "gateway.crt"));
    expect(settings.katello_registry_path).toBe("/v2/");
    expect(settings.db_connection_string).toMatch(/[?&]host=|localhost/);
    expect(Object.isFrozen(settings)).toBe(true);
  });

  test("accept Ruby symbols as keys and values", () => {
    const text = `---\n:pulp_endpoint: https://pulp.example.org\n:foreman_url: 'https://f.example.org'\n:log_level: :debug\n:listen: http://127.0.0.1:0\n`;
    const settings = loadSettings(fileOf(text), {});
    expect([settings.pulp_endpoint, settings.log_level]).toEqual(["https://pulp.example.org", "debug"]);
    expect(settings.listen).toEqual([{ transport: "http", host: "127.0.0.1", port: 0 }]);
  });

  test.each([
    ["INFO", "info"],
    ["Warn", "warn"],
    ["ERROR", "error"],
    ["FATAL", "fatal"],
    [":DEBUG", "debug"],
    ["UNKNOWN", "fatal"],
  ])("accept the Smart Proxy's log_level %s as %s", (log_level, level) => {
    expect(load({ log_level }).log_level).toBe(level);
  });

  test("have TLS 1.2 and the ciphers of Node.js as defaults", () => {
    const { tls_min_version, tls_ciphers } = load({});
    expect([tls_min_version, tls_ciphers]).toEqual(["TLSv1.2", undefined]);
  });

  test("come from the environment first, with commas in lists", () => {
    const settings = load(
      { trusted_hosts: ["a"] },
      { CONTAINER_GATEWAY_TRUSTED_HOSTS: "b, c", CONTAINER_GATEWAY_DB_MAX_CONNECTIONS: "7", PATH: "/bin" },
    );
    expect([settings.trusted_hosts, settings.db_max_connections]).toEqual([["b", "c"], 7]);
  });

  test.each(["", " ", "1e3", "0x10", "-1", "3.5", false, [], "soon"])("reject %j as a number", (value) => {
    expect(problems(() => load({ login_attempts: value }))).toMatch(/login_attempts: .*(number|>=0)/);
  });

  test("report all problems at once, with file and line and without secrets", () => {
    const file = fileOf(
      [
        "listen: [https://127.0.0.1:0, nonsense]",
        "foremn_url: https://f",
        "pulp_endpoint: https://pulp/path",
        "log_level: loud",
        "ssl_certificate: /nowhere.pem",
        ":enabled: https",
        "helpers: 4",
        "db_connection_string: mysql://u:pw-9q@db/x",
      ].join("\n"),
    );
    const said = problems(() =>
      loadSettings(file, { CONTAINER_GATEWAY_DB_POOL_TIMEOUT: "soon", CONTAINER_GATEWAY_TYPO: "1" }),
    );
    for (const part of [
      `${file}:1: listen: nonsense must be`,
      `${file}:2: foremn_url: there is no such setting; did you mean foreman_url?`,
      "foreman_url: is missing",
      `${file}:3: pulp_endpoint: must be scheme, host and port only`,
      `${file}:4: log_level:`,
      `${file}:5: ssl_certificate: can't be read: ENOENT`,
      `${file}:6: enabled: the gateway is a separate service`,
      `${file}:7: helpers: there is no such setting`,
      `${file}:8: db_connection_string: must be a libpq URL`,
      "CONTAINER_GATEWAY_DB_POOL_TIMEOUT: db_pool_timeout:",
      "CONTAINER_GATEWAY_TYPO: typo: there is no such setting",
    ]) {
      expect(said).toContain(part);
    }
    expect(said).not.toContain("pw-9q");
  });

  test.each([
    [
      "an https listener without a certificate",
      { ssl_certificate: null, ssl_private_key: null },
      /listen: contains an https address, which requires ssl_certificate/,
    ],
    [
      "a certificate without its key",
      { foreman_ssl_key: null },
      /foreman_ssl_cert: requires foreman_ssl_key/,
    ],
    [
      "the key of another certificate",
      { ssl_private_key: "stranger.key" },
      /ssl_private_key: is not the key of ssl_certificate/,
    ],
    ["trusted hosts without a CA", { ssl_ca_file: null }, /trusted_hosts: requires ssl_ca_file/],
    [
      "a revocation list without a CA",
      { rhsm_ca_file: null, rhsm_crl_file: "/x.crl" },
      /rhsm_crl_file: requires rhsm_ca_file/,
    ],
    ["a relative path of a revocation list", { rhsm_crl_file: "x.crl" }, /rhsm_crl_file: must be an abs/],
    ["a relative path of an audit log", { audit_log: "audit.log" }, /audit_log: must be log, off, or/],
    ["a single database connection", { db_max_connections: 1 }, /db_max_connections: must be at least 2/],
    ["more workers than the maximum", { workers: "257" }, /workers: must be at most 256/],
    [
      "an invalid size of headers",
      { max_header_bytes: "1 KX" },
      /max_header_bytes: must be a number of bytes/,
    ],
    [
      "a size of headers below the minimum",
      { max_header_bytes: 100 },
      /max_header_bytes: must be at least 1024 bytes/,
    ],
    ["https_port instead of listen", { https_port: 9443 }, /https_port: use listen, such as https:/],
    ["a value other than true or false", { audit_pulls: "maybe" }, /audit_pulls: must be true or false/],
    [
      "a stall timeout shorter than Pulp's timeout",
      { stall_timeout: 50 },
      /stall_timeout: must be longer than pulp_t/,
    ],
    ["an empty list of addresses", { listen: [] }, /listen: contains no address/],
    ["a port out of range", { listen: ["http://x:99999"] }, /listen: http:\/\/x:99999 must be/],
    [
      "plain http of administration beyond this machine",
      { admin_listen: ["http://192.0.2.1:9444"] },
      /admin_listen: http:\/\/192\.0\.2\.1:9444 must be a loopback address such as http:\/\/127\.0\.0\.1:9444, or https/,
    ],
    [
      "another scheme of administration",
      { admin_listen: ["systemd:http"] },
      /admin_listen: systemd:http must be unix:\/path, https:\/\/host:port, http:\/\/127\.0\.0\.1:port, or off/,
    ],
    [
      "a reverse proxy's socket that is not in listen",
      { listen: ["unix:/run/a.sock"], trusted_proxies: ["unix:/run/b.sock"] },
      /trusted_proxies: unix:\/run\/b.sock is not an address in listen/,
    ],
    [
      "an unknown version of TLS",
      { tls_min_version: "SSLv3" },
      /tls_min_version: must be TLSv1.2 or TLSv1.3/,
    ],
    ["an unknown cipher", { tls_ciphers: "ECDHE+AESGCM:ROT13" }, /tls_ciphers: OpenSSL has no cipher ROT13:/],
    ["a list without ciphers", { tls_ciphers: "!ALL" }, /tls_ciphers: OpenSSL has no cipher !ALL:/],
    ["an unknown log level", { log_level: "loud" }, /log_level: must be one of trace, debug, info, warn/],
    ["an invalid network", { trusted_proxies: ["10.0.0.0/33"] }, /trusted_proxies: must be an address/],
    ["a key file that is not PEM", { ssl_private_key: "/etc/hostname" }, /is not a PEM file/],
  ])("reject %s", (_, settings, said) => {
    const key = "ssl_private_key" in settings ? settings.ssl_private_key : undefined;
    const own =
      key === undefined || key === null || key.startsWith("/")
        ? settings
        : { ...settings, ssl_private_key: join(testFolder(), key) };
    expect(problems(() => load(own))).toMatch(said);
  });

  test("reject a file that is malformed, missing or not a list of settings", () => {
    expect(problems(() => loadSettings(fileOf("a: [1"), {}))).toMatch(/at line 1/);
    expect(problems(() => loadSettings("/nowhere/settings.yml", {}))).toMatch(
      /\/nowhere\/settings.yml: can't be read/,
    );
    expect(problems(() => loadSettings(fileOf("- a"), {}))).toMatch(/must be a list of settings/);
  });

  test("match docs/settings.md", () => {
    expect(readFileSync(new URL("../../docs/settings.md", import.meta.url), "utf8")).toBe(
      renderSettingsPage(),
    );
  });

  test("have a valid example with a public_url at a listening port", () => {
    const [, example = ""] = /## Example\n\n```yaml\n(.*?)```/s.exec(renderSettingsPage()) ?? [];
    const found = problems(() => loadSettings(fileOf(example), {}))
      .split("\n")
      .slice(1);
    expect(found.filter((problem) => !/ssl_\w+: can't be read: ENOENT/.test(problem))).toEqual([]);
    const { listen, public_url }: { listen: string[]; public_url: string } = parse(example);
    expect(listen).toContain(`https://0.0.0.0:${new URL(public_url).port}`);
  });
});

test("a pair that OpenSSL refuses is named with its setting", async () => {
  cryptoProvider.set(webcrypto);
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 512 };
  const exponent = { publicExponent: new Uint8Array([1, 0, 1]) };
  const keys = await webcrypto.subtle.generateKey({ ...algorithm, ...exponent }, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({ name: "CN=small", keys });
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const settings = {
    foreman_ssl_cert: fileOf(certificate.toString("pem")),
    foreman_ssl_key: fileOf(key.export({ type: "pkcs8", format: "pem" }).toString()),
  };
  expect(problems(() => load(settings))).toMatch(/foreman_ssl_cert: OpenSSL refuses .*: ee key too small/);
});
