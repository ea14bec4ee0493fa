/** Translation of the settings of the Smart Proxy and its plugin into those of the gateway. */
import { LOG_LEVELS, PLUGIN_OMITTED, PLUGIN_SAME, SMART_PROXY_OWN, SMART_PROXY_SAME } from "./known-keys.ts";
import type { PluginFiles, PluginValue } from "./plugin-files.ts";

/** A setting of the gateway, with its origin. */
export interface TranslatedSetting {
  readonly key: string;
  readonly value: string | number | boolean | readonly string[];
  /** Place of the value that it follows from, and how if it changed. */
  readonly origin: string;
}

/** A value that has no counterpart. */
export interface OmittedValue {
  readonly key: string;
  readonly place: string;
  readonly why: string;
}

/** The result of a translation. */
export interface Translation {
  readonly settings: readonly TranslatedSetting[];
  readonly omitted: readonly OmittedValue[];
  /** Connection string of the plugin's database, if it uses PostgreSQL. */
  readonly database: PluginValue | undefined;
  /** Path of the plugin's SQLite file, if it uses one. */
  readonly sqlite: PluginValue | undefined;
  /** True if the plugin is enabled on the Smart Proxy. */
  readonly isPluginEnabled: boolean;
  /** Problems that an operator has to solve first. */
  readonly problems: readonly string[];
}

/** Facts of the machine that the translation needs. */
export interface Machine {
  readonly hostName: string;
  /** Program that has set it up. */
  readonly installer: "foreman-installer" | "foremanctl";
}

/** Default port of the Smart Proxy. The installer of Katello sets 9090. */
const DEFAULT_PORT = 8443;
/** Port of the façade, or of the gateway's own record. */
const FACADE_PORT = 9091;
/** Port for the Apache of foremanctl: SELinux lets it connect to few others. */
const APACHE_PORT = 9000;
/** Unix socket for administration. */
const LOCAL_SOCKET = "unix:/run/container-gateway/gateway.sock";

const isPlain = (value: unknown): value is TranslatedSetting["value"] =>
  ["string", "number", "boolean"].includes(typeof value) ||
  (Array.isArray(value) && value.every((entry) => typeof entry === "string"));

/** Collects settings, omissions and problems. */
class Collector {
  readonly settings: TranslatedSetting[] = [];
  readonly omitted: OmittedValue[] = [];
  readonly problems: string[] = [];

  add(key: string, value: unknown, origin: string): void {
    if (isPlain(value)) this.settings.push({ key, value, origin });
    else this.problems.push(`${origin}: ${key} has a value that can't be used`);
  }

  /** Adds a value under its own name if it is there. */
  same(key: string, source: ReadonlyMap<string, PluginValue>): void {
    const found = source.get(key);
    if (found !== undefined) this.add(key, found.value, found.place);
  }

  omit(key: string, place: string, why: string): void {
    this.omitted.push({ key, place, why });
  }
}

function addForeman(collector: Collector, smartProxy: PluginFiles["smartProxy"]): void {
  const url = smartProxy.get("foreman_url");
  if (url === undefined) collector.problems.push("the Smart Proxy's settings.yml has no foreman_url");
  else collector.add("foreman_url", String(url.value).replace(/\/+$/, ""), url.place);
  for (const [key, fallback] of [
    ["foreman_ssl_ca", "ssl_ca_file"],
    ["foreman_ssl_cert", "ssl_certificate"],
    ["foreman_ssl_key", "ssl_private_key"],
  ] as const) {
    const own = smartProxy.get(key);
    const used = own ?? smartProxy.get(fallback);
    if (used === undefined)
      collector.problems.push(`the Smart Proxy's settings.yml has neither ${key} nor ${fallback}`);
    else
      collector.add(
        key,
        used.value,
        own === undefined ? `${used.place}, the default for ${key}` : used.place,
      );
  }
}

function addTls(collector: Collector, smartProxy: PluginFiles["smartProxy"]): void {
  const versions = smartProxy.get("tls_disabled_versions");
  if (versions !== undefined && Array.isArray(versions.value)) {
    if (versions.value.map(String).includes("1.2"))
      collector.add("tls_min_version", "TLSv1.3", `${versions.place}, which disables TLS 1.2`);
    else collector.omit("tls_disabled_versions", versions.place, "TLS 1.0 and 1.1 are never accepted");
  }
  const ciphers = smartProxy.get("ssl_disabled_ciphers");
  if (ciphers !== undefined && Array.isArray(ciphers.value) && ciphers.value.length > 0)
    collector.add(
      "tls_ciphers",
      ["DEFAULT", ...ciphers.value.map((name) => `!${name}`)].join(":"),
      ciphers.place,
    );
}

function addListeners(collector: Collector, smartProxy: PluginFiles["smartProxy"]): void {
  const port = smartProxy.get("https_port") ?? { value: DEFAULT_PORT, place: "the Smart Proxy's default" };
  collector.add(
    "smart_proxy_url",
    `https://localhost:${port.value}`,
    `${port.place}, the Smart Proxy's https_port`,
  );
  const bind = smartProxy.get("bind_host");
  const [host] = [bind?.value].flat();
  const isAny = host === undefined || host === "*";
  const address = String(host).includes(":") ? `[${host}]` : host;
  collector.add(
    "facade_listen",
    `https://${isAny ? "0.0.0.0" : address}:${FACADE_PORT}`,
    isAny
      ? "the port to which the record's URL leads"
      : `${bind?.place}, and the port to which the record's URL leads`,
  );
  collector.add("listen", [LOCAL_SOCKET], "for calls from this machine");
}

/** Adds the listeners beside a Smart Proxy of foremanctl, whose URL is fixed. */
function addForemanctlListeners(collector: Collector): void {
  collector.add(
    "listen",
    [`https://0.0.0.0:${FACADE_PORT}`, `http://127.0.0.1:${APACHE_PORT}`, LOCAL_SOCKET],
    "for Foreman, for Apache of this machine, and for calls from this machine",
  );
  collector.add("trusted_proxies", ["127.0.0.1"], "Apache of this machine, which shows no certificate");
}

function addPulp(collector: Collector, plugin: PluginFiles["plugin"], { hostName }: Machine): void {
  const endpoint = plugin.get("pulp_endpoint");
  if (endpoint === undefined) collector.add("pulp_endpoint", `https://${hostName}`, "the plugin's default");
  else collector.add("pulp_endpoint", String(endpoint.value).replace(/\/+$/, ""), endpoint.place);
}

function addLogLevel(collector: Collector, smartProxy: PluginFiles["smartProxy"]): void {
  const found = smartProxy.get("log_level");
  if (found === undefined) return;
  const level = LOG_LEVELS[String(found.value).toUpperCase()];
  if (level === undefined)
    collector.omit("log_level", found.place, `${found.value} is no level of the gateway`);
  else collector.add("log_level", level, found.place);
}

/** Translates the settings of both files. */
export function translate({ smartProxy, plugin }: PluginFiles, machine: Machine): Translation {
  const collector = new Collector();
  if (machine.installer === "foremanctl") addForemanctlListeners(collector);
  else addListeners(collector, smartProxy);
  for (const key of SMART_PROXY_SAME) collector.same(key, smartProxy);
  addTls(collector, smartProxy);
  const ca = smartProxy.get("ssl_ca_file");
  if (ca !== undefined)
    collector.add("rhsm_ca_file", ca.value, `${ca.place}, which signs hosts' certificates, too`);
  addForeman(collector, smartProxy);
  addPulp(collector, plugin, machine);
  for (const key of PLUGIN_SAME) collector.same(key, plugin);
  addLogLevel(collector, smartProxy);

  for (const [key, { place }] of plugin) {
    const why = PLUGIN_OMITTED[key];
    if (why !== undefined) collector.omit(key, place, why);
    else if (key !== "pulp_endpoint" && !PLUGIN_SAME.includes(key))
      collector.omit(key, place, "the gateway has no such setting");
  }
  for (const [key, { place }] of smartProxy) {
    const isUsed =
      SMART_PROXY_SAME.includes(key) || ["tls_disabled_versions", "ssl_disabled_ciphers"].includes(key);
    if (!isUsed && !SMART_PROXY_OWN.test(key))
      collector.omit(key, place, "it concerns the Smart Proxy, which keeps it");
  }
  const database = plugin.get("db_connection_string");
  const sqlite = database === undefined ? plugin.get("sqlite_db_path") : undefined;
  if (database === undefined && sqlite === undefined)
    collector.problems.push("the plugin's settings have neither db_connection_string nor sqlite_db_path");
  const { settings, omitted, problems } = collector;
  const isPluginEnabled = !["undefined", "false"].includes(String(plugin.get("enabled")?.value));
  return { settings, omitted, problems, database, sqlite, isPluginEnabled };
}
