/**
 * What OpenSSL refuses in a client's certificate during a handshake (security level 1, purpose `sslclient`), for one that
 * comes in a header: there no handshake has looked at it.
 */
import type { X509Certificate } from "node:crypto";
import { type Element, elements, TAG, within } from "./der.ts";

/** Object identifiers in DER, as hexadecimal text. */
const PSS = "2a864886f70d01010a";
/** RSA and ECDSA with SHA-2 of 224 bits or more; the SHA-2 and SHA-3 of NIST's own arc; Ed25519, Ed448. */
const STRONG_SIGNATURE =
  /^(?:2a864886f70d01010[b-e]|2a8648ce3d04030[1-4]|60864801650304030[1-9a-f]|608648016503040310|2b6570|2b6571)$/;
/** Hashes of PSS: SHA-256, SHA-384, SHA-512. */
const STRONG_HASH = /^60864801650304020[1-3]$/;

const KEY_USAGE = "551d0f";
const NETSCAPE_TYPE = "6086480186f8420101";
/** Extensions that may be critical: basic constraints, key usages, names, policies and lists, which OpenSSL knows. */
const KNOWN_EXTENSIONS: ReadonlySet<string> = new Set([
  ...[
    "551d13",
    KEY_USAGE,
    "551d25",
    "551d11",
    "551d12",
    "551d1e",
    "551d1f",
    "551d20",
    "551d21",
    "551d24",
    "551d36",
  ],
  NETSCAPE_TYPE,
]);
/** Bits of the key usage: digitalSignature, keyAgreement; of Netscape's type: SSL client. */
const MAY_SIGN_OR_AGREE = 0x80 | 0x08;
const SSL_CLIENT = 0x80;
/** The shortest RSA key that OpenSSL takes at security level 1. */
const MIN_RSA_BITS = 1024;

const textOf = ({ content }: Element): string => content.toString("hex");
const EXTENSIONS = 0xa3;
const PSS_HASH = 0xa0;
const OCTETS = 0x04;

function isStrong(algorithm: Element): boolean {
  const [id, parameters] = within(algorithm);
  if (id === undefined) return false;
  if (textOf(id) !== PSS) return STRONG_SIGNATURE.test(textOf(id));
  // SHA-1 where no hash is named (RFC 4055 section 3.1).
  const hash = within(parameters).find(({ tag }) => tag === PSS_HASH);
  const [named] = hash === undefined ? [] : [...elements(hash.content)];
  const [hashId] = named === undefined ? [] : within(named);
  return hashId !== undefined && STRONG_HASH.test(textOf(hashId));
}

/** The first byte of a bit string within an extension. */
function bitsOf(value: Element): number {
  const [bits] = [...elements(value.content)];
  if (bits?.tag !== TAG.bitString) throw new Error("it is no bit string");
  return bits.content[1] ?? 0;
}

function faultOfExtensions(extensions: readonly Element[]): string | undefined {
  const seen = new Set<string>();
  for (const extension of extensions) {
    const parts = within(extension);
    const [id] = parts;
    const value = parts.at(-1);
    if (id === undefined || value?.tag !== OCTETS)
      throw new Error("an extension is not built as it should be");
    const name = textOf(id);
    if (seen.has(name)) return "the certificate has an extension twice";
    seen.add(name);
    const critical = parts[1]?.tag === TAG.boolean && parts[1].content[0] !== 0;
    if (critical && !KNOWN_EXTENSIONS.has(name))
      return "the certificate has a critical extension that is unknown";
    if (name === KEY_USAGE && (bitsOf(value) & MAY_SIGN_OR_AGREE) === 0)
      return "the certificate's key usage is not one of a client";
    if (name === NETSCAPE_TYPE && (bitsOf(value) & SSL_CLIENT) === 0)
      return "the certificate's type is not one of a client";
  }
  return undefined;
}

function faultOfBytes(bytes: Buffer): string | undefined {
  const [certificate] = [...elements(bytes)];
  const [signed, algorithm] = within(certificate);
  if (signed === undefined || algorithm === undefined) throw new Error("it ends too early");
  if (!isStrong(algorithm)) return "the certificate's signature uses a weak algorithm";
  const list = within(signed).find(({ tag }) => tag === EXTENSIONS);
  const [extensions] = list === undefined ? [] : [...elements(list.content)];
  return extensions === undefined ? undefined : faultOfExtensions(within(extensions));
}

/** Why a handshake would refuse a client's certificate, whoever signed it; undefined if its form is no reason to. */
export function faultOfForm(certificate: X509Certificate): string | undefined {
  try {
    const fault = faultOfBytes(certificate.raw);
    if (fault !== undefined) return fault;
    const { modulusLength } = certificate.publicKey.asymmetricKeyDetails ?? {};
    return modulusLength !== undefined && modulusLength < MIN_RSA_BITS
      ? "the certificate's key is too short"
      : undefined;
  } catch {
    return "the certificate can't be read";
  }
}
