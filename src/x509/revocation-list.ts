/** Parses certificate revocation lists (RFC 5280 section 5) and verifies their signatures. */
import { verify, type X509Certificate } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { childrenOf, type Element, elements, TAG, timeOf } from "./der.ts";

/** Revocation list that one of the CAs has signed. */
export interface RevocationList {
  /** Certificates of the CA that signed it, which may have several with the same key. */
  readonly cas: readonly X509Certificate[];
  /** Serial numbers of revoked certificates, in the format of {@link serialOf}. */
  readonly serials: ReadonlySet<string>;
  /** Time of the next update in milliseconds since 1970; undefined if the list has none. */
  readonly nextUpdate: number | undefined;
}

/** True if the list's next update is in the past. */
export const isOverdue = ({ nextUpdate = Number.POSITIVE_INFINITY }: RevocationList): boolean =>
  nextUpdate < Date.now();

/** Number of certificates that the lists revoke. */
export const countRevoked = (lists: readonly RevocationList[]): number =>
  lists.reduce((sum, { serials }) => sum + serials.size, 0);

/** Digests by object identifier of the signature, in hexadecimal; null if the key determines it. SHA-1 is not supported. */
const DIGESTS: Readonly<Record<string, string | null>> = {
  "2a864886f70d01010b": "sha256",
  "2a864886f70d01010c": "sha384",
  "2a864886f70d01010d": "sha512",
  "2a8648ce3d040302": "sha256",
  "2a8648ce3d040303": "sha384",
  "2a8648ce3d040304": "sha512",
  "2b6570": null,
  "2b6571": null,
};

const EXTENSIONS = 0xa0;

/** Serial number in capital letters, without leading zeros. */
export const serialOf = (hexadecimal: string): string => hexadecimal.toUpperCase().replace(/^0+/, "");

/** Rejects critical extensions: they mark partial and indirect lists, which must not be taken for complete ones. */
function rejectCritical(extensions: Element | undefined): void {
  if (extensions === undefined) return;
  for (const extension of childrenOf(extensions)) {
    const [, critical] = childrenOf(extension);
    if (critical?.tag === TAG.boolean && critical.content[0] !== 0)
      throw new Error("the list has a critical extension, which is not supported");
  }
}

/** Entries that are read before requests are served again: a list may have hundreds of thousands. */
const ENTRIES_PER_TURN = 2_000;

async function serialsIn(revoked: Element | undefined): Promise<Set<string>> {
  const serials = new Set<string>();
  for (const entry of revoked === undefined ? [] : elements(revoked.content)) {
    const [serial, , extensions] = childrenOf(entry);
    if (serial?.tag !== TAG.integer) throw new Error("malformed revocation list");
    rejectCritical(extensions);
    serials.add(serialOf(serial.content.toString("hex")));
    if (serials.size % ENTRIES_PER_TURN === 0) await nextTurn();
  }
  return serials;
}

const isTime = (element: Element | undefined): element is Element =>
  element?.tag === TAG.utcTime || element?.tag === TAG.generalizedTime;

function signersOf(
  list: Element,
  cas: readonly X509Certificate[],
): { readonly signed: Element; readonly signers: readonly X509Certificate[] } {
  const [signed, algorithm, signature] = childrenOf(list);
  const [identifier] = childrenOf(algorithm);
  const digest = DIGESTS[identifier?.content.toString("hex") ?? ""];
  if (signed === undefined || signature?.tag !== TAG.bitString) throw new Error("malformed revocation list");
  if (digest === undefined) throw new Error("the signature algorithm of the list is not supported");
  // The first byte is the number of unused bits, which is 0.
  const bytes = signature.content.subarray(1);
  const signers = cas.filter(({ publicKey }) => {
    try {
      return verify(digest, signed.raw, publicKey, bytes);
    } catch {
      // The CA has a key of another type.
      return false;
    }
  });
  if (signers.length === 0) throw new Error("the list is not signed by a CA in rhsm_ca_file");
  return { signed, signers };
}

async function readList(list: Element, cas: readonly X509Certificate[]): Promise<RevocationList> {
  const { signed, signers } = signersOf(list, cas);
  const parts = [...childrenOf(signed)];
  if (parts[0]?.tag === TAG.integer) parts.shift();
  // Skips algorithm, issuer and time: the signature has identified the CA.
  const rest = parts.slice(3);
  const nextUpdate = isTime(rest[0]) ? timeOf(rest[0]) : undefined;
  const revoked = rest.find(({ tag }) => tag === TAG.sequence);
  const extensions = rest.find(({ tag }) => tag === EXTENSIONS);
  if (extensions !== undefined) rejectCritical([...elements(extensions.content)][0]);
  return { cas: signers, serials: await serialsIn(revoked), nextUpdate };
}

const PEM = /-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]*)-----END X509 CRL-----/g;

/** Converts a file of PEM or DER lists to DER. */
function derOf(file: Buffer): Buffer {
  const text = file.toString("latin1");
  const count = text.split("-----BEGIN ").length - 1;
  if (count === 0) return file;
  const blocks = [...text.matchAll(PEM)].map(([, base64 = ""]) => Buffer.from(base64, "base64"));
  if (blocks.length !== count) throw new Error("the file contains something other than complete lists");
  return Buffer.concat(blocks);
}

/**
 * Reads the lists in a file, PEM or DER.
 * @throws Error if the file contains no list, or anything but lists that these CAs have signed
 */
export async function readRevocationLists(
  file: Buffer,
  cas: readonly X509Certificate[],
): Promise<RevocationList[]> {
  const lists: RevocationList[] = [];
  for (const list of elements(derOf(file))) lists.push(await readList(list, cas));
  if (lists.length === 0) throw new Error("the file contains no revocation list");
  return lists;
}
