/** Completes libpq connection URLs for the driver, whose defaults differ from libpq's. */
import { existsSync } from "node:fs";
import { userInfo } from "node:os";

const SOCKET_FOLDERS = ["/var/run/postgresql", "/tmp"];

/** Values of `target_session_attrs` that suit a gateway, which writes. */
const SESSION_ATTRIBUTES = new Set(["any", "read-write", "primary"]);

/** Scheme, user, hosts and rest of a URL that names several hosts, which is no valid URL for Node.js. */
const SEVERAL_HOSTS = /^([a-z]+:\/\/)((?:[^/?#@]*@)?)([^/?#@]*,[^/?#@]*)([/?#].*)?$/;

/** Splits `host:port`; the host may be an IPv6 address in brackets. */
function hostAndPort(text: string): readonly [host: string, port: string] {
  const [, bracketed, plain = "", port = ""] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? [];
  const host = bracketed ?? decodeURIComponent(plain);
  if (host === "") throw new TypeError("a host has no name");
  return [host, port];
}

/** Moves several hosts from their place to the parameters `host` and `port`. The first one stays. */
function withListedHosts(text: string): string {
  const [, scheme = "", user = "", hosts = "", rest = ""] = SEVERAL_HOSTS.exec(text) ?? [];
  if (hosts === "") return text;
  const pairs = hosts.split(",").map(hostAndPort);
  // The driver takes a folder of sockets in this place for a part of the database's name.
  const [first = ""] = hosts.split(",").map((host) => (/^%2f/i.test(host) ? "localhost" : host));
  const url = new URL(`${scheme}${user}${first}${rest}`);
  url.searchParams.set("host", pairs.map(([host]) => host).join(","));
  if (pairs.some(([, port]) => port !== ""))
    url.searchParams.set("port", pairs.map(([, port]) => port).join(","));
  return url.href;
}

/**
 * Hosts in the parameter `host`. The name of a folder of sockets that is there may contain commas, such as that of an embedded
 * PostgreSQL below `data_dir`.
 */
function listedHosts({ searchParams }: URL): readonly string[] {
  const text = searchParams.get("host") ?? "";
  return text.startsWith("/") && existsSync(text) ? [text] : text.split(",");
}

/** @throws TypeError unless each host has one port, all have the same, or none has one */
function checkHosts(url: URL): void {
  const { searchParams } = url;
  const hosts = listedHosts(url);
  const ports = (searchParams.get("port") ?? "").split(",");
  if (ports.length > 1 && ports.length !== hosts.length) throw new TypeError("not as many ports as hosts");
  if (hosts.length > 1 && hosts.includes("")) throw new TypeError("a host has no name");
  if (!SESSION_ATTRIBUTES.has(searchParams.get("target_session_attrs") ?? "any"))
    throw new TypeError("target_session_attrs is not that of a client that writes");
}

/**
 * Fills in the parts that the URL leaves out with libpq's defaults: the environment, the unix socket, and the user who runs
 * the process. Several hosts become lists in the parameters `host` and `port`.
 * @throws TypeError if `text` is no URL, or no client that writes can use it
 */
export function plainConnectionString(text: string): string {
  // libpq accepts `postgresql://user@/name`, which is no valid URL.
  const [, user] = /^[a-z]+:\/\/([^/?#:@]*)@(?=[/?]|$)/.exec(text) ?? [];
  const url = new URL(withListedHosts(user === undefined ? text : text.replace(`//${user}@`, "//")));
  if (user !== undefined) url.searchParams.set("user", decodeURIComponent(user));
  const { PGHOST, PGPORT, PGUSER, PGSSLMODE, PGTARGETSESSIONATTRS } = process.env;
  const fill = (name: string, given: string, value: string | undefined): void => {
    if (given === "" && value !== undefined && !url.searchParams.has(name)) url.searchParams.set(name, value);
  };
  fill("host", url.hostname, PGHOST ?? SOCKET_FOLDERS.find((candidate) => existsSync(candidate)));
  fill("port", url.port, PGPORT);
  fill("user", url.username, PGUSER ?? userInfo().username);
  fill("sslmode", "", PGSSLMODE);
  fill("target_session_attrs", "", PGTARGETSESSIONATTRS);
  checkHosts(url);
  return url.href;
}

/** Returns a URL for each host of a plain connection URL, in their order. */
export function hostUrls(text: string): readonly string[] {
  const url = new URL(text);
  const hosts = listedHosts(url);
  if (hosts.length === 1) return [text];
  const ports = (url.searchParams.get("port") ?? "").split(",");
  return hosts.map((host, index) => {
    const one = new URL(text);
    const port = ports[index] ?? ports[0] ?? "";
    one.searchParams.set("host", host);
    // Otherwise the driver would take the port of the first host.
    one.searchParams.set("port", port === "" ? String(DEFAULT_PORT) : port);
    return one.href;
  });
}

/** Port of PostgreSQL. */
const DEFAULT_PORT = 5432;

/** Host and port of a URL with one host, as an operator names them. */
export function hostText(text: string): string {
  const { searchParams, hostname, port } = new URL(text);
  const host = searchParams.get("host") ?? decodeURIComponent(hostname);
  return host.startsWith("/") ? host : `${host}:${searchParams.get("port") ?? (port || DEFAULT_PORT)}`;
}

/** Name of the database in a connection URL. */
export const databaseName = (text: string): string => decodeURIComponent(new URL(text).pathname.slice(1));

/** Connection URL of another database of the same server. */
export function withDatabase(text: string, name: string): string {
  const url = new URL(text);
  url.pathname = `/${encodeURIComponent(name)}`;
  return url.href;
}
