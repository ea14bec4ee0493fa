/** What a client certificate is worth (RFC 5280): chain, dates, purpose; and whose it is. */
import { X509Certificate } from "node:crypto";

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

/** Those who sign the certificates of one kind of client. */
export class ClientAuthorities {
  readonly #authorities: readonly X509Certificate[];

  /** @param pem one certificate or several; @throws Error for what can't be read, and where there is none */
  constructor(pem: string) {
    this.#authorities = (pem.match(PEM) ?? []).map((text) => new X509Certificate(text));
    if (this.#authorities.length === 0) throw new Error("there is no certificate in it");
  }

  /**
   * The common name of a certificate that is in force, for clients, no authority itself, and signed by these
   * authorities or by one below them; undefined for any other.
   */
  holderOf({ leaf, intermediates }: ShownCertificate, now: number = Date.now()): string | undefined {
    if (!isForClients(leaf)) return undefined;
    return this.#vouchFor(leaf, intermediates, now, LONGEST_CHAIN) ? commonName(leaf) : undefined;
  }

  #vouchFor(
    certificate: X509Certificate,
    intermediates: readonly X509Certificate[],
    now: number,
    steps: number,
  ): boolean {
    if (steps === 0 || !inForce(certificate, now)) return false;
    if (this.#authorities.some((known) => signs(known, certificate) && inForce(known, now))) return true;
    return intermediates.some(
      (between) => signs(between, certificate) && this.#vouchFor(between, intermediates, now, steps - 1),
    );
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
