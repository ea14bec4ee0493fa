/** Certificates of registered hosts, from the TLS connection or a header of a trusted reverse proxy. */
import { hash, type X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import type { Peer } from "../../connection/peer.ts";
import type { TrustedProxies } from "../../connection/trusted-proxies.ts";
import { foldAscii } from "../../model/ascii-case.ts";
import type { Refusal } from "../../model/audit-events.ts";
import { isHostUuid } from "../../model/names.ts";
import { BoundedMap } from "../../resilience/bounded-map.ts";
import {
  type ClientCertificateVerifier,
  certificateInHeader,
  refusalOf,
} from "../../x509/certificate-verifier.ts";
import { handshakeProblem } from "../../x509/handshake-rules.ts";

/** Settings and dependencies of {@link HostCertificates}. */
export interface HostCertificateOptions {
  /** Verifier of consumer certificates; without one, hosts are not authenticated. */
  readonly verifier: ClientCertificateVerifier | undefined;
  readonly proxies: Pick<TrustedProxies, "include" | "isForwarded">;
  /** Common names of reverse proxies and administrators, which are never hosts even if the same CA signed them. */
  readonly reservedNames: readonly string[];
}

/** Header with the consumer certificate; accepted in this spelling and from trusted reverse proxies only. */
const HEADER = "x_rhsm_ssl_client_cert";
/** Lifetime of a cached verification, which takes longer than serving a request. */
const VERDICT_TTL_MS = 60_000;
const MAX_VERDICTS = 10_000;

/** The host that the certificate names, or why the certificate is refused; undefined without a certificate. */
export type HostVerdict = { readonly uuid: string } | Refusal | undefined;

/** Cached result of a verification. */
interface CachedVerdict {
  readonly verdict: HostVerdict;
  readonly expiresAt: number;
  /** Revision of the CAs' revocation lists at the time of the verification. */
  readonly revision: number;
}

const UNREADABLE: Refusal = { why: "the certificate in X_RHSM_SSL_CLIENT_CERT can't be parsed" };

/** Reason why OpenSSL refused the client certificate: `Peer.certificate` is undefined then. */
function refusedInHandshake({ socket }: IncomingMessage): Refusal | undefined {
  if (!(socket instanceof TLSSocket) || socket.authorized) return undefined;
  const leaf = socket.getPeerX509Certificate();
  return (
    leaf && refusalOf(leaf, `the certificate was refused in the handshake: ${socket.authorizationError}`)
  );
}

/** Identifies hosts by their certificates. */
export class HostCertificates {
  readonly #options: HostCertificateOptions;
  readonly #reservedNames: ReadonlySet<string>;
  readonly #tlsVerdicts = new WeakMap<Peer, CachedVerdict>();
  /** Keyed by the checksum of the header, because headers take kilobytes. */
  readonly #headerVerdicts = new BoundedMap<string, CachedVerdict>(MAX_VERDICTS);

  constructor(options: HostCertificateOptions) {
    this.#options = options;
    this.#reservedNames = new Set(options.reservedNames.map(foldAscii));
  }

  /**
   * Returns the host of a request, or why its certificate is refused. A forwarded request carries the certificate in the
   * header. Any other request is the peer's own and its TLS certificate applies, also if the peer's address is that of a
   * trusted reverse proxy.
   */
  verdictOn(request: IncomingMessage, peer: Peer): HostVerdict {
    const { verifier, proxies } = this.#options;
    if (verifier === undefined) return undefined;
    return proxies.isForwarded(peer, request.headers)
      ? this.#inHeader(verifier, request.headers[HEADER])
      : this.#overTls(verifier, request, peer);
  }

  /** Returns the same for a certificate in PEM, as if a trusted reverse proxy had passed it on. */
  verdictOnPem(text: string): HostVerdict {
    const { verifier } = this.#options;
    return verifier && this.#inHeader(verifier, text.trim().replaceAll("\n", " "));
  }

  #overTls(verifier: ClientCertificateVerifier, request: IncomingMessage, peer: Peer): HostVerdict {
    const now = Date.now();
    const cached = this.#tlsVerdicts.get(peer);
    if (isCurrent(cached, verifier, now)) return cached.verdict;
    const { certificate } = peer;
    const verdict =
      certificate === undefined ? refusedInHandshake(request) : this.#verify(verifier, certificate, now);
    this.#tlsVerdicts.set(peer, { verdict, expiresAt: now + VERDICT_TTL_MS, revision: verifier.revision });
    return verdict;
  }

  #inHeader(verifier: ClientCertificateVerifier, text: string | string[] | undefined): HostVerdict {
    if (typeof text !== "string" || text === "" || text === "(null)") return undefined;
    const now = Date.now();
    const checksum = hash("sha256", text, "base64");
    const cached = this.#headerVerdicts.get(checksum);
    if (isCurrent(cached, verifier, now)) return cached.verdict;
    const leaf = certificateInHeader(text);
    if (leaf === undefined) return UNREADABLE;
    const problem = handshakeProblem(leaf);
    const verdict = problem === undefined ? this.#verify(verifier, leaf, now) : refusalOf(leaf, problem);
    if (verdict !== undefined && "uuid" in verdict)
      this.#headerVerdicts.set(checksum, {
        verdict,
        expiresAt: now + VERDICT_TTL_MS,
        revision: verifier.revision,
      });
    return verdict;
  }

  #verify(verifier: ClientCertificateVerifier, certificate: X509Certificate, now: number): HostVerdict {
    const result = verifier.verify(certificate, now);
    if (!("holder" in result)) return result;
    const { holder: uuid } = result;
    if (this.#reservedNames.has(foldAscii(uuid)))
      return refusalOf(
        certificate,
        "the certificate's common name is in trusted_proxies or trusted_hosts: it is not a host",
      );
    return isHostUuid(uuid)
      ? { uuid }
      : refusalOf(certificate, "the certificate's common name is not a host UUID");
  }
}

const isCurrent = (
  cached: CachedVerdict | undefined,
  { revision }: ClientCertificateVerifier,
  now: number,
): cached is CachedVerdict => cached !== undefined && now < cached.expiresAt && cached.revision === revision;
