/** Certificates of registered hosts: shown over TLS, or passed on by a proxy. */
import { hash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { BoundedMap } from "../bounded-map.ts";
import { isHostUuid } from "../names.ts";
import { type ClientAuthorities, certificateInHeader, type ShownCertificate } from "./certificates.ts";
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

/** What a certificate was found to be worth, and for how long that may be believed. */
interface Verdict {
  readonly uuid: string | undefined;
  readonly until: number;
  /** Of the authorities. */
  readonly revision: number;
}

/** Finds out whose certificate a request comes with. */
export class HostCertificates {
  readonly #options: HostCertificateOptions;
  readonly #shown = new WeakMap<Peer, Verdict>();
  /** By the checksum of what was passed on, which takes kilobytes itself. */
  readonly #passedOn = new BoundedMap<string, Verdict>(MOST_VERDICTS);

  constructor(options: HostCertificateOptions) {
    this.#options = options;
  }

  /** The uuid that the request's certificate is good for; undefined for none and for a bad one. */
  uuidOf({ headers }: IncomingMessage, peer: Peer): string | undefined {
    const { authorities, proxies } = this.#options;
    if (authorities === undefined) return undefined;
    const now = Date.now();
    const { revision } = authorities;
    const verdict = (certificate: ShownCertificate | undefined): Verdict => {
      const name = certificate && authorities.holderOf(certificate, now);
      const uuid = name !== undefined && isHostUuid(name) ? name : undefined;
      return { uuid, until: now + VERDICT_LIFE, revision };
    };
    const stands = (known: Verdict | undefined): known is Verdict =>
      known !== undefined && now < known.until && known.revision === revision;
    if (!proxies.include(peer)) {
      const known = this.#shown.get(peer);
      if (stands(known)) return known.uuid;
      const fresh = verdict(peer.certificate);
      this.#shown.set(peer, fresh);
      return fresh.uuid;
    }
    const text = headers[HEADER];
    if (typeof text !== "string" || text === "" || text === "(null)") return undefined;
    const checksum = hash("sha256", text, "base64");
    const known = this.#passedOn.get(checksum);
    if (stands(known)) return known.uuid;
    const leaf = certificateInHeader(text);
    const fresh = verdict(leaf && { leaf, intermediates: [] });
    if (fresh.uuid !== undefined) this.#passedOn.set(checksum, fresh);
    return fresh.uuid;
  }
}
