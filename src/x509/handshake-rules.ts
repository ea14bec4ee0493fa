/**
 * OpenSSL's rules for client certificates in a handshake (security level 1, purpose `sslclient`), applied to certificates
 * from a header, which have passed no handshake.
 */
import type { X509Certificate } from "node:crypto";
import { childrenOf, type Element, elements, TAG } from "./der.ts";

/** Object identifiers in DER, as hexadecimal text. */
const PSS = "2a864886f70d01010a";
/** RSA and ECDSA with SHA-2 of 224 bits or more; the SHA-2 and SHA-3 of NIST's own arc; Ed25519, Ed448. */
const STRONG_SIGNATURE =
  /^(?:2a864886f70d01010[b-e]|2a8648ce3d04030[1-4]|60864801650304030[1-9a-f]|608648016503040310|2b6570|2b6571)$/;
/** Hashes of PSS: SHA-256, SHA-384, SHA-512. */
const STRONG_HASH = /^60864801650304020[1-3]$/;

const KEY_USAGE = "551d0f";
const NETSCAPE_TYPE = "6086480186f8420101";
/** Critical extensions that OpenSSL supports: basic constraints, key usages, names, policies, CRL distribution points. */
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
/** Bits of the key usage: digitalSignature, keyAgreement. */
const CLIENT_KEY_USAGES = 0x80 | 0x08;
/** Bit of Netscape's certificate type: SSL client. */
const SSL_CLIENT = 0x80;
/** Shortest RSA key that OpenSSL accepts at security level 1. */
const MIN_RSA_BITS = 1024;

const hexOf = ({ content }: Element): string => content.toString("hex");
const EXTENSIONS = 0xa3;
const PSS_HASH = 0xa0;
const OCTETS = 0x04;

function isStrong(algorithm: Element): boolean {
  const [id, parameters] = childrenOf(algorithm);
  if (id === undefined) return false;
  if (hexOf(id) !== PSS) return STRONG_SIGNATURE.test(hexOf(id));
  // The default hash is SHA-1 (RFC 4055 section 3.1), which is weak.
  const hash = childrenOf(parameters).find(({ tag }) => tag === PSS_HASH);
  const [named] = hash === undefined ? [] : [...elements(hash.content)];
  const [hashId] = named === undefined ? [] : childrenOf(named);
  return hashId !== undefined && STRONG_HASH.test(hexOf(hashId));
}

/** First byte of the bit string in an extension. */
function bitsOf(value: Element): number {
  const [bits] = [...elements(value.content)];
  if (bits?.tag !== TAG.bitString) throw new Error("the extension is not a bit string");
  return bits.content[1] ?? 0;
}

function extensionProblem(extensions: readonly Element[]): string | undefined {
  const seen = new Set<string>();
  for (const extension of extensions) {
    const parts = childrenOf(extension);
    const [id] = parts;
    const value = parts.at(-1);
    if (id === undefined || value?.tag !== OCTETS) throw new Error("malformed extension");
    const name = hexOf(id);
    if (seen.has(name)) return "the certificate has a duplicate extension";
    seen.add(name);
    const critical = parts[1]?.tag === TAG.boolean && parts[1].content[0] !== 0;
    if (critical && !KNOWN_EXTENSIONS.has(name)) return "the certificate has an unknown critical extension";
    if (name === KEY_USAGE && (bitsOf(value) & CLIENT_KEY_USAGES) === 0)
      return "the certificate's key usage does not allow client authentication";
    if (name === NETSCAPE_TYPE && (bitsOf(value) & SSL_CLIENT) === 0)
      return "the certificate's Netscape type does not allow client authentication";
  }
  return undefined;
}

function encodingProblem(bytes: Buffer): string | undefined {
  const [certificate] = [...elements(bytes)];
  const [signed, algorithm] = childrenOf(certificate);
  if (signed === undefined || algorithm === undefined) throw new Error("truncated certificate");
  if (!isStrong(algorithm)) return "the certificate's signature uses a weak algorithm";
  const list = childrenOf(signed).find(({ tag }) => tag === EXTENSIONS);
  const [extensions] = list === undefined ? [] : [...elements(list.content)];
  return extensions === undefined ? undefined : extensionProblem(childrenOf(extensions));
}

/** Why a TLS handshake would refuse a client certificate, apart from its chain; undefined if it would not. */
export function handshakeProblem(certificate: X509Certificate): string | undefined {
  try {
    const problem = encodingProblem(certificate.raw);
    if (problem !== undefined) return problem;
    const { modulusLength } = certificate.publicKey.asymmetricKeyDetails ?? {};
    return modulusLength !== undefined && modulusLength < MIN_RSA_BITS
      ? "the certificate's key is too short"
      : undefined;
  } catch {
    return "the certificate can't be parsed";
  }
}
