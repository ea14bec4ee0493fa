/** Verification of client certificates (RFC 5280): chain, dates, purpose, revocation; and their common names. */
import { X509Certificate } from "node:crypto";
// In Node.js 20, a call of toLegacyObject before node:tls is loaded leaves node:tls without createSecureContext.
import "node:tls";
import type { Refusal } from "../model/audit-events.ts";

const CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2";
const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

const isCurrent = (certificate: X509Certificate, now: number): boolean =>
  Date.parse(certificate.validFrom) <= now && now <= Date.parse(certificate.validTo);

const signs = (issuer: X509Certificate, certificate: X509Certificate): boolean =>
  issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

/** Common name of a certificate; undefined if there is none, or several. */
function commonName(certificate: X509Certificate): string | undefined {
  const { CN: name }: { CN?: unknown } = certificate.toLegacyObject().subject ?? {};
  return typeof name === "string" && name !== "" ? name : undefined;
}

function isForClients(certificate: X509Certificate): boolean {
  const purposes: readonly string[] | undefined = certificate.keyUsage;
  return !certificate.ca && (purposes === undefined || purposes.includes(CLIENT_AUTHENTICATION));
}

/**
 * Creates a refusal with the common name that the certificate claims. Only the name is parsed, because some versions of
 * Node.js crash on other malformed parts of an unverified certificate.
 */
export function refusalOf(certificate: X509Certificate, why: string): Refusal {
  const [, name] = /^CN=(.*)$/m.exec(certificate.subject ?? "") ?? [];
  return { why, name };
}

/** Revoked certificates. */
export interface Revocations {
  /** Changes whenever the lists change: cached results of an older revision are invalid. */
  readonly revision: number;
  revoked(certificate: X509Certificate, ca: X509Certificate): boolean;
}

const NOTHING_REVOKED: Revocations = { revision: 0, revoked: () => false };

/**
 * Parses the certificates in a PEM file.
 * @throws Error if one can't be parsed
 */
export const certificatesIn = (pem: string): X509Certificate[] =>
  (pem.match(PEM) ?? []).map((text) => new X509Certificate(text));

/** Verifies the certificates of one kind of client against its CAs. */
export class ClientCertificateVerifier {
  readonly #cas: readonly X509Certificate[];
  readonly #revocations: Revocations;
  /** CAs of the same file that have signed each CA. */
  readonly #issuers: ReadonlyMap<X509Certificate, readonly X509Certificate[]>;

  /**
   * @param pem one or more certificates
   * @throws Error if there is none, or one can't be parsed
   */
  constructor(pem: string, revocations: Revocations = NOTHING_REVOKED) {
    this.#cas = certificatesIn(pem);
    this.#revocations = revocations;
    if (this.#cas.length === 0) throw new Error("the file contains no certificate");
    this.#issuers = new Map(
      this.#cas.map((one) => [one, this.#cas.filter((other) => other !== one && signs(other, one))]),
    );
  }

  /** Changes whenever the result of a verification may have changed. */
  get revision(): number {
    return this.#revocations.revision;
  }

  /**
   * Returns the common name of a valid client certificate: one that is current, for clients, not a CA itself, signed by one
   * of these CAs, and not revoked; undefined for any other. Intermediate certificates that a client sends are ignored:
   * not every version of Node.js exposes them, resumed sessions lack them, and reverse proxies do not forward them.
   */
  holderOf(certificate: X509Certificate, now: number = Date.now()): string | undefined {
    return this.#problem(certificate, now) === undefined ? commonName(certificate) : undefined;
  }

  /** Like {@link holderOf}, but returns why the certificate is refused. */
  verify(certificate: X509Certificate, now: number): { readonly holder: string } | Refusal {
    const why = this.#problem(certificate, now);
    const holder = why === undefined ? commonName(certificate) : undefined;
    return holder === undefined
      ? refusalOf(certificate, why ?? "the certificate does not have exactly one common name")
      : { holder };
  }

  #problem(certificate: X509Certificate, now: number): string | undefined {
    if (!isForClients(certificate)) return "the certificate is not a client certificate";
    if (!isCurrent(certificate, now)) return "the certificate has expired or is not valid yet";
    const signers = this.#cas.filter((one) => signs(one, certificate) && isCurrent(one, now));
    if (signers.length === 0) return "the certificate is not signed by a trusted CA";
    if (signers.every((one) => this.#isRevoked(one))) return "the CA that signed the certificate is revoked";
    return signers.some((one) => this.#revocations.revoked(certificate, one))
      ? "the certificate is revoked"
      : undefined;
  }

  /** True if another of these CAs has signed this one and revoked it. */
  #isRevoked(ca: X509Certificate): boolean {
    return (this.#issuers.get(ca) ?? []).some((issuer) => this.#revocations.revoked(ca, issuer));
  }
}

const IN_HEADER = /^\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*$/;
const MAX_HEADER_CHARS = 16_384;

/** Decodes the header: nginx sends it percent-encoded, Apache with spaces instead of newlines. */
function unescapeHeader(value: string): string {
  try {
    return value.includes("%") ? decodeURIComponent(value) : value;
  } catch {
    return "";
  }
}

/**
 * Parses the certificate in the header of a reverse proxy; undefined for `(null)`, malformed text, or several
 * certificates.
 */
export function certificateInHeader(value: string): X509Certificate | undefined {
  if (value.length > MAX_HEADER_CHARS) return undefined;
  const [, base64] = IN_HEADER.exec(unescapeHeader(value)) ?? [];
  if (base64 === undefined) return undefined;
  try {
    return new X509Certificate(Buffer.from(base64, "base64"));
  } catch {
    return undefined;
  }
}
