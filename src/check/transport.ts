/** Checks the connection to another system: name, port, TLS, certificate. */
import type { X509Certificate } from "node:crypto";
import { connect as connectTcp, isIP } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { errorCode } from "../model/error-text.ts";

/** System to connect to. */
export interface Endpoint {
  readonly url: string;
  /** Host, port, CA, certificate and key. */
  readonly options: ConnectionOptions;
  readonly timeoutMs: number;
}

/** Result of an attempt to connect. */
export type Connection =
  | { readonly state: "connected" }
  /** `code` of Node.js or OpenSSL: the name is unknown, the port is closed, a timeout. */
  | { readonly state: "unreachable"; readonly code: string }
  /** Plain http on the port of an https URL. */
  | { readonly state: "speaks-http" }
  /** TLS on the port of an http URL. */
  | { readonly state: "speaks-tls" }
  | { readonly state: "handshake-failed"; readonly code: string }
  /** The certificate of the other system is not accepted. */
  | {
      readonly state: "certificate";
      readonly code: string;
      readonly certificate: X509Certificate | undefined;
    };

/** Time for a reply to bytes of the wrong protocol. */
const GUESS_TIMEOUT_MS = 2_000;
const TIMED_OUT = "ETIMEDOUT";

/** Returns host and port of an origin, as options of a connection. */
export function addressOf(origin: string) {
  const { hostname, port, protocol } = new URL(origin);
  const host = hostname.replace(/^\[|\]$/g, "");
  return { host, port: Number(port || (protocol === "https:" ? 443 : 80)) };
}

/** Connects without TLS; resolves to the code of the error, which is empty if it works. */
function tcpProblem({ options: { host = "", port = 0 }, timeoutMs }: Endpoint): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host, port });
    const end = (code: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(code);
    };
    const timer = setTimeout(() => end(TIMED_OUT), timeoutMs);
    socket.once("connect", () => end(""));
    socket.on("error", (cause) => end(errorCode(cause) || "ECONNREFUSED"));
  });
}

/** Resolves to true if the port replies to a request in plain http. */
function speaksHttp({ options: { host = "", port = 0 } }: Endpoint): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host, port, timeout: GUESS_TIMEOUT_MS }, () =>
      socket.write(`HEAD / HTTP/1.0\r\nHost: ${host}\r\n\r\n`),
    );
    const end = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once("data", (bytes: Buffer) => end(bytes.toString("latin1", 0, 5) === "HTTP/"));
    for (const event of ["error", "timeout", "close"]) socket.once(event, () => end(false));
  });
}

/** Performs a TLS handshake, and accepts any certificate, so that it can be described. */
function shakeHands({ options, timeoutMs }: Endpoint): Promise<Connection> {
  return new Promise((resolve) => {
    const host = options.host ?? "";
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket = connectTls({ ...name, ...options, rejectUnauthorized: false });
    const end = (result: Connection) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const fail = (code: string) => end({ state: "handshake-failed", code });
    const timer = setTimeout(() => fail(TIMED_OUT), timeoutMs);
    socket.on("error", (cause) => fail(errorCode(cause)));
    socket.once("close", () => fail("ECONNRESET"));
    socket.once("secureConnect", () => {
      if (socket.authorized) return end({ state: "connected" });
      // The type says Error, but it is the code of one.
      const code = String(socket.authorizationError);
      end({ state: "certificate", code, certificate: socket.getPeerX509Certificate() });
    });
  });
}

/** Connects as the gateway would, and finds out why that fails. */
export async function connectTo(endpoint: Endpoint): Promise<Connection> {
  const code = await tcpProblem(endpoint);
  if (code !== "") return { state: "unreachable", code };
  if (endpoint.url.startsWith("http:")) {
    const timeoutMs = Math.min(endpoint.timeoutMs, GUESS_TIMEOUT_MS);
    const { state } = await shakeHands({ ...endpoint, timeoutMs });
    return { state: state === "connected" || state === "certificate" ? "speaks-tls" : "connected" };
  }
  const connection = await shakeHands(endpoint);
  const isMisunderstood =
    connection.state === "handshake-failed" && !/ALERT|CERTIFICATE/.test(connection.code);
  return isMisunderstood && (await speaksHttp(endpoint)) ? { state: "speaks-http" } : connection;
}
