/** Certificate revocation lists (RFC 5280 section 5): read, and held against those who may sign them. */
import { verify, type X509Certificate } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Element, elements, TAG, timeOf, within } from "./der.ts";

/** A list that one of the authorities has signed. */
export interface RevocationList {
  /** Those whose key has signed it: an authority may have several certificates. */
  readonly authorities: readonly X509Certificate[];
  /** Serial numbers of what is revoked, as {@link serialOf} writes them. */
  readonly serials: ReadonlySet<string>;
  /** When another list was to be there, in milliseconds since 1970; undefined if it doesn't say. */
  readonly nextUpdate: number | undefined;
}

/** Whether another list should have come by now. */
export const isOverdue = ({ nextUpdate = Number.POSITIVE_INFINITY }: RevocationList): boolean =>
  nextUpdate < Date.now();

/** How many certificates are revoked by these lists. */
export const revokedIn = (lists: readonly RevocationList[]): number =>
  lists.reduce((sum, { serials }) => sum + serials.size, 0);

/** Digests by the object identifiers of signatures, in hexadecimal; null where the key itself says. SHA-1 is not among them. */
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

/** A serial number without the zeros before it, in capital letters. */
export const serialOf = (hexadecimal: string): string => hexadecimal.toUpperCase().replace(/^0+/, "");

/** What must be understood is not: a list that leaves out, or that speaks for others, is not to be taken for a whole one. */
function refuseCritical(extensions: Element | undefined): void {
  if (extensions === undefined) return;
  for (const extension of within(extensions)) {
    const [, critical] = within(extension);
    if (critical?.tag === TAG.boolean && critical.content[0] !== 0)
      throw new Error("it is a list of a kind that is not understood (it has a critical extension)");
  }
}

/** Entries that are read in one go: a list may have hundreds of thousands, and requests come meanwhile. */
const ENTRIES_PER_TURN = 2_000;

async function serialsIn(revoked: Element | undefined): Promise<Set<string>> {
  const serials = new Set<string>();
  for (const entry of revoked === undefined ? [] : elements(revoked.content)) {
    const [serial, , extensions] = within(entry);
    if (serial?.tag !== TAG.integer) throw new Error("it is not built as it should be");
    refuseCritical(extensions);
    serials.add(serialOf(serial.content.toString("hex")));
    if (serials.size % ENTRIES_PER_TURN === 0) await nextTurn();
  }
  return serials;
}

const isTime = (element: Element | undefined): element is Element =>
  element?.tag === TAG.utcTime || element?.tag === TAG.generalizedTime;

function signersOf(
  whole: Element,
  authorities: readonly X509Certificate[],
): { readonly signed: Element; readonly signers: readonly X509Certificate[] } {
  const [signed, algorithm, signature] = within(whole);
  const [identifier] = within(algorithm);
  const digest = DIGESTS[identifier?.content.toString("hex") ?? ""];
  if (signed === undefined || signature?.tag !== TAG.bitString)
    throw new Error("it is not built as it should be");
  if (digest === undefined) throw new Error("it is signed in a way that does not count");
  // The first byte tells how many bits of the last one are unused: none.
  const bytes = signature.content.subarray(1);
  const signers = authorities.filter(({ publicKey }) => {
    try {
      return verify(digest, signed.whole, publicKey, bytes);
    } catch {
      // a key of another kind
      return false;
    }
  });
  if (signers.length === 0) throw new Error("none of the authorities in rhsm_ca_file has signed it");
  return { signed, signers };
}

async function readList(whole: Element, authorities: readonly X509Certificate[]): Promise<RevocationList> {
  const { signed, signers } = signersOf(whole, authorities);
  const parts = [...within(signed)];
  if (parts[0]?.tag === TAG.integer) parts.shift();
  // Its algorithm, its issuer, its time; the signature has told already whose it is.
  const rest = parts.slice(3);
  const nextUpdate = isTime(rest[0]) ? timeOf(rest[0]) : undefined;
  const revoked = rest.find(({ tag }) => tag === TAG.sequence);
  const extensions = rest.find(({ tag }) => tag === EXTENSIONS);
  if (extensions !== undefined) refuseCritical([...elements(extensions.content)][0]);
  return { authorities: signers, serials: await serialsIn(revoked), nextUpdate };
}

const PEM = /-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]*)-----END X509 CRL-----/g;

/** The lists of a file one after the other, PEM or DER. */
function derOf(file: Buffer): Buffer {
  const text = file.toString("latin1");
  const begun = text.split("-----BEGIN ").length - 1;
  if (begun === 0) return file;
  const blocks = [...text.matchAll(PEM)].map(([, base64 = ""]) => Buffer.from(base64, "base64"));
  if (blocks.length !== begun) throw new Error("it holds something else than whole lists");
  return Buffer.concat(blocks);
}

/**
 * The lists in a file, PEM or DER.
 * @throws Error unless all of it is lists that these authorities have signed, and there is one
 */
export async function readRevocationLists(
  file: Buffer,
  authorities: readonly X509Certificate[],
): Promise<RevocationList[]> {
  const lists: RevocationList[] = [];
  for (const whole of elements(derOf(file))) lists.push(await readList(whole, authorities));
  if (lists.length === 0) throw new Error("there is no list in it");
  return lists;
}
