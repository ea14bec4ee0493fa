/** TLS to PostgreSQL with the defaults of libpq, which differ from those of the driver. */
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";

/** SSLRequest of PostgreSQL's protocol: the length, and a code in the place of the protocol version. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
/** Reply of a server that accepts TLS. */
const YES = "S".charCodeAt(0);
const DEFAULT_PORT = 5432;
const TIMEOUT_MS = 5_000;

/** Resolves to true if a server accepts TLS; false if it is unreachable, which the next connection reports. */
function speaksTls(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS }, () => socket.write(SSL_REQUEST));
    const end = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once("data", (reply: Buffer) => end(reply[0] === YES));
    for (const event of ["error", "timeout", "close"] as const) socket.once(event, () => end(false));
  });
}

/** Files in `~/.postgresql` that libpq uses by default. */
const DEFAULT_FILES = { sslrootcert: "root.crt", sslcert: "postgresql.crt", sslkey: "postgresql.key" };

function addDefaultFiles(parameters: URLSearchParams): void {
  for (const [name, file] of Object.entries(DEFAULT_FILES)) {
    const path = join(homedir(), ".postgresql", file);
    if (!parameters.has(name) && existsSync(path)) parameters.set(name, path);
  }
  // Without the parameter the driver uses the CAs of Node.js.
  if (parameters.get("sslrootcert") === "system") parameters.delete("sslrootcert");
}

/** Resolves to the effective mode: `prefer` and `allow` depend on whether the server accepts TLS. */
async function modeOf(url: URL): Promise<string> {
  const host = url.searchParams.get("host") ?? decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, "$1");
  if (host === "" || host.startsWith("/")) return "disable";
  const mode = url.searchParams.get("sslmode") ?? "prefer";
  if (mode !== "prefer" && mode !== "allow") return mode;
  const port = url.searchParams.get("port") ?? (url.port || DEFAULT_PORT);
  return (await speaksTls(host, Number(port))) ? "require" : "disable";
}

/**
 * Rewrites a connection URL so that the driver does what libpq would do about TLS.
 * @param text a plain libpq URL
 * @see https://www.postgresql.org/docs/current/libpq-ssl.html
 */
export async function withEncryption(text: string): Promise<string> {
  const url = new URL(text);
  const mode = await modeOf(url);
  url.searchParams.set("sslmode", mode);
  // Without this parameter the driver takes `require` for `verify-full`.
  url.searchParams.set("uselibpqcompat", "true");
  if (mode !== "disable") addDefaultFiles(url.searchParams);
  return url.href;
}
