/** What a client certificate is worth (RFC 5280): chain, dates, purpose; and whose it is. */
import { X509Certificate } from "node:crypto";
import type { Refusal } from "../decisions.ts";

/** A certificate that a client showed, with what it sent along to lead to an authority. */
export interface ShownCertificate {
  readonly leaf: X509Certificate;
  readonly intermediates: readonly X509Certificate[];
}

const CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2";
const LONGEST_CHAIN = 5;
const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

const inForce = (certificate: X509Certificate, now: number): boolean =>
  Date.parse(certificate.validFrom) <= now && now <= Date.parse(certificate.validTo);

const signs = (authority: X509Certificate, certificate: X509Certificate): boolean =>
  authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey);

/** The one common name of a certificate; a certificate with several is nobody's. */
function commonName(certificate: X509Certificate): string | undefined {
  const { CN: name }: { CN?: unknown } = certificate.toLegacyObject().subject ?? {};
  return typeof name === "string" && name !== "" ? name : undefined;
}

function isForClients(certificate: X509Certificate): boolean {
  const purposes: readonly string[] | undefined = certificate.keyUsage;
  return !certificate.ca && (purposes === undefined || purposes.includes(CLIENT_AUTHENTICATION));
}

/** Names that nobody vouches for may be long. */
const LONGEST_NAME = 256;

/** Why a certificate counts for nothing, and whose it says that it is, as far as that can be read. */
export function refusalOf(certificate: X509Certificate, why: string): Refusal {
  try {
    return { why, name: commonName(certificate)?.slice(0, LONGEST_NAME) };
  } catch {
    return { why };
  }
}

/** What was taken back before its time. */
export interface Revocations {
  /** Another one whenever that changes: what was decided before has to be decided again. */
  readonly revision: number;
  revoked(certificate: X509Certificate, authority: X509Certificate): boolean;
}

const NOTHING_REVOKED: Revocations = { revision: 0, revoked: () => false };

/** The certificates in a PEM file; @throws Error for what can't be read */
export const certificatesIn = (pem: string): X509Certificate[] =>
  (pem.match(PEM) ?? []).map((text) => new X509Certificate(text));

/** Those who sign the certificates of one kind of client. */
export class ClientAuthorities {
  readonly #authorities: readonly X509Certificate[];
  readonly #revocations: Revocations;

  /** @param pem one certificate or several; @throws Error for what can't be read, and where there is none */
  constructor(pem: string, revocations: Revocations = NOTHING_REVOKED) {
    this.#authorities = certificatesIn(pem);
    this.#revocations = revocations;
    if (this.#authorities.length === 0) throw new Error("there is no certificate in it");
  }

  /** Another one whenever a verdict may have become another. */
  get revision(): number {
    return this.#revocations.revision;
  }

  /**
   * The common name of a certificate that is in force, for clients, no authority itself, signed by these authorities or
   * by one below them, and not revoked; undefined for any other.
   */
  holderOf(shown: ShownCertificate, now: number = Date.now()): string | undefined {
    return this.#fault(shown, now) === undefined ? commonName(shown.leaf) : undefined;
  }

  /** The same, or why it is nobody's. */
  judge(shown: ShownCertificate, now: number): { readonly holder: string } | Refusal {
    const why = this.#fault(shown, now);
    const holder = why === undefined ? commonName(shown.leaf) : undefined;
    return holder === undefined
      ? refusalOf(shown.leaf, why ?? "the certificate has no common name, or several")
      : { holder };
  }

  #fault({ leaf, intermediates }: ShownCertificate, now: number): string | undefined {
    if (!isForClients(leaf)) return "the certificate is not one for clients";
    return this.#faultInChain(leaf, intermediates, now, LONGEST_CHAIN);
  }

  #faultInChain(
    certificate: X509Certificate,
    intermediates: readonly X509Certificate[],
    now: number,
    steps: number,
  ): string | undefined {
    let fault: string | undefined = "the certificate is not signed by an authority that counts";
    if (steps === 0) return fault;
    if (!inForce(certificate, now)) return "the certificate has run out, or is not in force yet";
    const signers = this.#authorities.filter((known) => signs(known, certificate) && inForce(known, now));
    if (signers.some((known) => this.#revocations.revoked(certificate, known)))
      return "the certificate is revoked";
    if (signers.length > 0) return undefined;
    for (const between of intermediates) {
      if (!signs(between, certificate)) continue;
      fault = this.#faultInChain(between, intermediates, now, steps - 1);
      if (fault === undefined) return undefined;
    }
    return fault;
  }
}

const IN_HEADER = /^\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*$/;
const LONGEST_HEADER = 16_384;

/** nginx sends it percent-encoded, Apache with its newlines turned into spaces. */
function unescaped(value: string): string {
  try {
    return value.includes("%") ? decodeURIComponent(value) : value;
  } catch {
    return "";
  }
}

/**
 * The certificate in a header in which a proxy passed it on; undefined for `(null)`, for what can't be read, and for
 * more than one.
 */
export function certificateInHeader(value: string): X509Certificate | undefined {
  if (value.length > LONGEST_HEADER) return undefined;
  const [, base64] = IN_HEADER.exec(unescaped(value)) ?? [];
  if (base64 === undefined) return undefined;
  try {
    return new X509Certificate(Buffer.from(base64, "base64"));
  } catch {
    return undefined;
  }
}
