/** What a client certificate is worth (RFC 5280): chain, dates, purpose; and whose it is. */
import { X509Certificate } from "node:crypto";
// In Node.js 20, a call of toLegacyObject before node:tls is loaded leaves node:tls without createSecureContext.
import "node:tls";
import type { Refusal } from "../model/audit-events.ts";

const CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2";
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

/**
 * Why a certificate counts for nothing, and whose it says that it is. Nobody vouches for it, so no more of it is parsed
 * than its name: some versions of Node.js end on other parts that are malformed.
 */
export function refusalOf(certificate: X509Certificate, why: string): Refusal {
  const [, name] = /^CN=(.*)$/m.exec(certificate.subject ?? "") ?? [];
  return { why, name };
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
export class ClientCertificateAuthorities {
  readonly #authorities: readonly X509Certificate[];
  readonly #revocations: Revocations;
  /** Those among them that have signed another of them. */
  readonly #issuers: ReadonlyMap<X509Certificate, readonly X509Certificate[]>;

  /** @param pem one certificate or several; @throws Error for what can't be read, and where there is none */
  constructor(pem: string, revocations: Revocations = NOTHING_REVOKED) {
    this.#authorities = certificatesIn(pem);
    this.#revocations = revocations;
    if (this.#authorities.length === 0) throw new Error("there is no certificate in it");
    this.#issuers = new Map(
      this.#authorities.map((one) => [
        one,
        this.#authorities.filter((other) => other !== one && signs(other, one)),
      ]),
    );
  }

  /** Another one whenever a verdict may have become another. */
  get revision(): number {
    return this.#revocations.revision;
  }

  /**
   * The common name of a certificate that is in force, for clients, no authority itself, signed by one of these
   * authorities, and not revoked; undefined for any other. What a client sends along counts for nothing: not every Node.js
   * tells of it, no session that is taken up again has it, and no proxy passes it on.
   */
  holderOf(certificate: X509Certificate, now: number = Date.now()): string | undefined {
    return this.#fault(certificate, now) === undefined ? commonName(certificate) : undefined;
  }

  /** The same, or why it is nobody's. */
  judge(certificate: X509Certificate, now: number): { readonly holder: string } | Refusal {
    const why = this.#fault(certificate, now);
    const holder = why === undefined ? commonName(certificate) : undefined;
    return holder === undefined
      ? refusalOf(certificate, why ?? "the certificate has no common name, or several")
      : { holder };
  }

  #fault(certificate: X509Certificate, now: number): string | undefined {
    if (!isForClients(certificate)) return "the certificate is not one for clients";
    if (!inForce(certificate, now)) return "the certificate has run out, or is not in force yet";
    const signers = this.#authorities.filter((known) => signs(known, certificate) && inForce(known, now));
    if (signers.length === 0) return "the certificate is not signed by an authority that counts";
    if (signers.every((known) => this.#isRevoked(known)))
      return "the authority that signed the certificate is revoked";
    return signers.some((known) => this.#revocations.revoked(certificate, known))
      ? "the certificate is revoked"
      : undefined;
  }

  /** Whether another of these authorities has signed this one, and taken it back. */
  #isRevoked(authority: X509Certificate): boolean {
    return (this.#issuers.get(authority) ?? []).some((issuer) =>
      this.#revocations.revoked(authority, issuer),
    );
  }
}

const IN_HEADER = /^\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*$/;
const MAX_HEADER_CHARS = 16_384;

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
  if (value.length > MAX_HEADER_CHARS) return undefined;
  const [, base64] = IN_HEADER.exec(unescaped(value)) ?? [];
  if (base64 === undefined) return undefined;
  try {
    return new X509Certificate(Buffer.from(base64, "base64"));
  } catch {
    return undefined;
  }
}
