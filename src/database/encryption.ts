/** Whether connections to PostgreSQL are encrypted, as libpq decides it; the driver itself has other defaults. */
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";

/** PostgreSQL's protocol, SSLRequest: its length, and a number that no version has. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
/** Its answer of one byte for yes. */
const YES = "S".charCodeAt(0);
const DEFAULT_PORT = 5432;
/** Milliseconds. */
const TIMEOUT_MS = 5_000;

/** Asks a server whether it speaks TLS; what can't be asked is for whoever connects to find out. */
function speaksTls(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS }, () => socket.write(SSL_REQUEST));
    const end = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once("data", (answer: Buffer) => end(answer[0] === YES));
    for (const event of ["error", "timeout", "close"] as const) socket.once(event, () => end(false));
  });
}

/** What libpq takes from the home folder where the URL names nothing else. */
const USUAL_FILES = { sslrootcert: "root.crt", sslcert: "postgresql.crt", sslkey: "postgresql.key" };

function addUsualFiles(parameters: URLSearchParams): void {
  for (const [name, file] of Object.entries(USUAL_FILES)) {
    const path = join(homedir(), ".postgresql", file);
    if (!parameters.has(name) && existsSync(path)) parameters.set(name, path);
  }
  // The authorities that Node.js knows, which are the driver's when none is named.
  if (parameters.get("sslrootcert") === "system") parameters.delete("sslrootcert");
}

/** The mode that is meant: for the usual one the server is asked, who may have TLS or not. */
async function modeOf(url: URL): Promise<string> {
  const host = url.searchParams.get("host") ?? decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, "$1");
  if (host === "" || host.startsWith("/")) return "disable";
  const mode = url.searchParams.get("sslmode") ?? "prefer";
  if (mode !== "prefer" && mode !== "allow") return mode;
  const port = url.searchParams.get("port") ?? (url.port || DEFAULT_PORT);
  return (await speaksTls(host, Number(port))) ? "require" : "disable";
}

/**
 * The same connection URL, with the driver's words for what libpq would do about TLS.
 * @param text a plain libpq URL
 * @see https://www.postgresql.org/docs/current/libpq-ssl.html
 */
export async function withEncryption(text: string): Promise<string> {
  const url = new URL(text);
  const mode = await modeOf(url);
  url.searchParams.set("sslmode", mode);
  // Without it `require` would be `verify-full`.
  url.searchParams.set("uselibpqcompat", "true");
  if (mode !== "disable") addUsualFiles(url.searchParams);
  return url.href;
}
