/** Certificates of registered hosts: shown over TLS, or passed on by a trusted reverse proxy. */
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
  type ClientCertificateAuthorities,
  certificateInHeader,
  refusalOf,
} from "../../x509/certificates.ts";
import { faultOfForm } from "../../x509/handshake-rules.ts";

/** What tells a host's certificate. */
export interface HostCertificateOptions {
  /** Those who sign consumer certificates; without them no host is known. */
  readonly authorities: ClientCertificateAuthorities | undefined;
  readonly proxies: Pick<TrustedProxies, "include" | "passOn">;
  /** Common names of reverse proxies and administrators. One CA may sign them and the hosts: these are never hosts. */
  readonly otherNames: readonly string[];
}

/** The only spelling that counts, and only from a trusted proxy. */
const HEADER = "x_rhsm_ssl_client_cert";
/** A certificate that was good stays so for a while, in milliseconds: verifying takes longer than answering. */
const VERDICT_TTL_MS = 60_000;
const MAX_VERDICTS = 10_000;

/** The host whose certificate a request comes with, or why the certificate counts for nothing; undefined for none. */
export type HostVerdict = { readonly uuid: string } | Refusal | undefined;

/** What a certificate was found to be worth, and for how long that may be believed. */
interface KnownVerdict {
  readonly verdict: HostVerdict;
  readonly until: number;
  /** Of the authorities. */
  readonly revision: number;
}

const UNREADABLE: Refusal = { why: "the certificate that was passed on can't be read" };

/** A certificate that OpenSSL has found wrong is not handed on as one that was shown; here is why. */
function refusedInHandshake({ socket }: IncomingMessage): Refusal | undefined {
  if (!(socket instanceof TLSSocket) || socket.authorized) return undefined;
  const leaf = socket.getPeerX509Certificate();
  return (
    leaf && refusalOf(leaf, `the certificate was refused in the handshake: ${socket.authorizationError}`)
  );
}

/** Finds the host whose certificate a request comes with. */
export class HostCertificates {
  readonly #options: HostCertificateOptions;
  readonly #otherNames: ReadonlySet<string>;
  readonly #shown = new WeakMap<Peer, KnownVerdict>();
  /** By the checksum of what was passed on, which takes kilobytes itself. */
  readonly #passedOn = new BoundedMap<string, KnownVerdict>(MAX_VERDICTS);

  constructor(options: HostCertificateOptions) {
    this.#options = options;
    this.#otherNames = new Set(options.otherNames.map(foldAscii));
  }

  /**
   * The host of a request, or why its certificate doesn't count. A trusted reverse proxy names the host in the header. A
   * request that it doesn't pass on for somebody else is the peer's own: the certificate of the connection counts, as
   * for a host that reaches the gateway straight from the address of a reverse proxy.
   */
  verdictOn(request: IncomingMessage, peer: Peer): HostVerdict {
    const { authorities, proxies } = this.#options;
    if (authorities === undefined) return undefined;
    return proxies.passOn(peer, request.headers)
      ? this.#inHeader(authorities, request.headers[HEADER])
      : this.#overTls(authorities, request, peer);
  }

  #overTls(authorities: ClientCertificateAuthorities, request: IncomingMessage, peer: Peer): HostVerdict {
    const now = Date.now();
    const known = this.#shown.get(peer);
    if (stands(known, authorities, now)) return known.verdict;
    const { certificate } = peer;
    const verdict =
      certificate === undefined ? refusedInHandshake(request) : this.#judge(authorities, certificate, now);
    this.#shown.set(peer, { verdict, until: now + VERDICT_TTL_MS, revision: authorities.revision });
    return verdict;
  }

  #inHeader(authorities: ClientCertificateAuthorities, text: string | string[] | undefined): HostVerdict {
    if (typeof text !== "string" || text === "" || text === "(null)") return undefined;
    const now = Date.now();
    const checksum = hash("sha256", text, "base64");
    const known = this.#passedOn.get(checksum);
    if (stands(known, authorities, now)) return known.verdict;
    const leaf = certificateInHeader(text);
    if (leaf === undefined) return UNREADABLE;
    const fault = faultOfForm(leaf);
    const verdict = fault === undefined ? this.#judge(authorities, leaf, now) : refusalOf(leaf, fault);
    if (verdict !== undefined && "uuid" in verdict)
      this.#passedOn.set(checksum, { verdict, until: now + VERDICT_TTL_MS, revision: authorities.revision });
    return verdict;
  }

  #judge(authorities: ClientCertificateAuthorities, shown: X509Certificate, now: number): HostVerdict {
    const judged = authorities.judge(shown, now);
    if (!("holder" in judged)) return judged;
    const { holder: uuid } = judged;
    if (this.#otherNames.has(foldAscii(uuid)))
      return refusalOf(
        shown,
        "the certificate's common name is in trusted_proxies or trusted_hosts: it is no host's",
      );
    return isHostUuid(uuid) ? { uuid } : refusalOf(shown, "the certificate's common name is no host's uuid");
  }
}

const stands = (
  known: KnownVerdict | undefined,
  { revision }: ClientCertificateAuthorities,
  now: number,
): known is KnownVerdict => known !== undefined && now < known.until && known.revision === revision;
