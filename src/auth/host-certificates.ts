/** Certificates of registered hosts: shown over TLS, or passed on by a proxy. */
import { hash, type X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import { BoundedMap } from "../bounded-map.ts";
import type { Refusal } from "../decisions.ts";
import { isHostUuid } from "../names.ts";
import { type ClientAuthorities, certificateInHeader, refusalOf } from "./certificates.ts";
import type { Peer } from "./peer.ts";
import type { Proxies } from "./proxies.ts";

/** What tells a host's certificate. */
export interface HostCertificateOptions {
  /** Those who sign consumer certificates; without them no host is known. */
  readonly authorities: ClientAuthorities | undefined;
  readonly proxies: Pick<Proxies, "include">;
}

/** The only spelling that counts, and only from a trusted proxy. */
const HEADER = "x_rhsm_ssl_client_cert";
/** A certificate that was good stays so for a while, in milliseconds: verifying takes longer than answering. */
const VERDICT_LIFE = 60_000;
const MOST_VERDICTS = 10_000;

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

/** Finds out whose certificate a request comes with. */
export class HostCertificates {
  readonly #options: HostCertificateOptions;
  readonly #shown = new WeakMap<Peer, KnownVerdict>();
  /** By the checksum of what was passed on, which takes kilobytes itself. */
  readonly #passedOn = new BoundedMap<string, KnownVerdict>(MOST_VERDICTS);

  constructor(options: HostCertificateOptions) {
    this.#options = options;
  }

  /** Whose certificate it is, or why it counts for nothing. */
  verdictOn(request: IncomingMessage, peer: Peer): HostVerdict {
    const { authorities, proxies } = this.#options;
    if (authorities === undefined) return undefined;
    const now = Date.now();
    const { revision } = authorities;
    const stands = (known: KnownVerdict | undefined): known is KnownVerdict =>
      known !== undefined && now < known.until && known.revision === revision;
    if (!proxies.include(peer)) {
      const known = this.#shown.get(peer);
      if (stands(known)) return known.verdict;
      const { certificate } = peer;
      const verdict =
        certificate === undefined ? refusedInHandshake(request) : judge(authorities, certificate, now);
      this.#shown.set(peer, { verdict, until: now + VERDICT_LIFE, revision });
      return verdict;
    }
    const text = request.headers[HEADER];
    if (typeof text !== "string" || text === "" || text === "(null)") return undefined;
    const checksum = hash("sha256", text, "base64");
    const known = this.#passedOn.get(checksum);
    if (stands(known)) return known.verdict;
    const leaf = certificateInHeader(text);
    if (leaf === undefined) return UNREADABLE;
    const verdict = judge(authorities, leaf, now);
    if ("uuid" in verdict) this.#passedOn.set(checksum, { verdict, until: now + VERDICT_LIFE, revision });
    return verdict;
  }
}

function judge(authorities: ClientAuthorities, shown: X509Certificate, now: number) {
  const judged = authorities.judge(shown, now);
  if (!("holder" in judged)) return judged;
  const { holder: uuid } = judged;
  return isHostUuid(uuid) ? { uuid } : refusalOf(shown, "the certificate's common name is no host's uuid");
}
