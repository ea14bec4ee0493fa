/** Connections to the Smart Proxy behind the façade. */
import { X509Certificate } from "node:crypto";
import { type Agent, Agent as HttpsAgent } from "node:https";
import { connect as connectTcp, type Socket } from "node:net";
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect as connectTls,
  createSecureContext,
  type PeerCertificate,
  type TLSSocket,
} from "node:tls";
import { CircuitBreaker, type Report } from "../resilience/circuit-breaker.ts";
import type { Settings } from "../settings/keys.ts";

/** Settings of the connections. */
export type SmartProxySettings = Pick<
  Settings,
  | "ssl_certificate"
  | "ssl_ca_file"
  | "foreman_ssl_ca"
  | "foreman_ssl_cert"
  | "foreman_ssl_key"
  | "connect_timeout"
  | "smart_proxy_max_connections"
>;

/** Time for which an idle connection is kept. The Smart Proxy closes it after 30 seconds without notice. */
const IDLE_TIMEOUT_MS = 20_000;

/** Failures in a row that open the circuit breaker, and the time between two probes. */
const MAX_FAILURES = 5;
const PROBE_INTERVAL_MS = 1_000;

/** Names for which a certificate of the Smart Proxy is accepted: that of its URL, and those of the gateway's own certificate. */
function createIdentityCheck(ownCertificate: string | undefined) {
  const own = ownCertificate === undefined ? undefined : new X509Certificate(ownCertificate).subjectAltName;
  const ownNames = [...(own ?? "").matchAll(/DNS:([^,\s]+)/g)].flatMap(([, name]) => name ?? []);
  return (host: string, certificate: PeerCertificate): Error | undefined => {
    const problem = checkServerIdentity(host, certificate);
    const isOwn = ownNames.some((name) => checkServerIdentity(name, certificate) === undefined);
    return isOwn ? undefined : problem;
  };
}

/**
 * Returns the options of connections.
 * @param isTrusted true to show the gateway's client certificate
 */
export function connectionOptions(
  url: URL,
  settings: Omit<SmartProxySettings, "connect_timeout" | "smart_proxy_max_connections">,
  isTrusted: boolean,
): ConnectionOptions {
  const { foreman_ssl_ca, ssl_ca_file, foreman_ssl_cert, foreman_ssl_key } = settings;
  const cas = [foreman_ssl_ca, ssl_ca_file].flatMap((file) => file?.text ?? []);
  const certificate = isTrusted ? { cert: foreman_ssl_cert?.text, key: foreman_ssl_key?.text } : {};
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port || 443),
    checkServerIdentity: createIdentityCheck(settings.ssl_certificate?.text),
    // Made once for all connections: to read a system's bundle of authorities takes 40 ms.
    secureContext: createSecureContext({ ...certificate, ...(cas.length === 0 ? {} : { ca: cas }) }),
  };
}

/** The Smart Proxy. It is shown the gateway's client certificate only on connections that are opened as trusted. */
export class SmartProxy {
  readonly url: URL;
  readonly breaker: CircuitBreaker;
  readonly #connectTimeoutMs: number;
  readonly #anonymous: ConnectionOptions;
  readonly #trusted: ConnectionOptions;
  readonly #agents: { readonly anonymous: Agent; readonly trusted: Agent };

  constructor(url: string, settings: SmartProxySettings, report: Report) {
    this.url = new URL(url);
    this.#connectTimeoutMs = settings.connect_timeout * 1000;
    this.#anonymous = connectionOptions(this.url, settings, false);
    this.#trusted = connectionOptions(this.url, settings, true);
    const maxSockets = Math.max(1, Math.floor(settings.smart_proxy_max_connections / 2));
    const pool = (options: ConnectionOptions) =>
      new HttpsAgent({
        ...options,
        keepAlive: true,
        maxSockets,
        maxFreeSockets: maxSockets,
        timeout: IDLE_TIMEOUT_MS,
      });
    this.#agents = { anonymous: pool(this.#anonymous), trusted: pool(this.#trusted) };
    this.breaker = new CircuitBreaker({
      name: "the Smart Proxy",
      maxFailures: MAX_FAILURES,
      probeIntervalMs: PROBE_INTERVAL_MS,
      report,
    });
  }

  /** Pool of connections for requests. */
  agent(isTrusted: boolean): Agent {
    return isTrusted ? this.#agents.trusted : this.#agents.anonymous;
  }

  /** Opens a TLS connection of its own. It emits `secureConnect`, or `error` at the latest after the connect timeout. */
  connect(isTrusted: boolean): TLSSocket {
    const socket = connectTls(isTrusted ? this.#trusted : this.#anonymous);
    this.#limitConnecting(socket, "secureConnect");
    return socket;
  }

  /** Opens a plain TCP connection, over which a caller speaks TLS with the Smart Proxy itself. */
  connectPlain(): Socket {
    const { host = "", port = 0 } = this.#anonymous;
    const socket = connectTcp({ host, port });
    this.#limitConnecting(socket, "connect");
    return socket;
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  #limitConnecting(socket: Socket, connected: string): void {
    const timer = setTimeout(
      () =>
        socket.destroy(
          new Error(`no connection within ${this.#connectTimeoutMs / 1000} s (connect_timeout)`),
        ),
      this.#connectTimeoutMs,
    );
    for (const event of [connected, "close"]) socket.once(event, () => clearTimeout(timer));
  }
}
