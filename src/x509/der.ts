/** Reader of DER (X.690), as far as certificates and revocation lists need it. */

/** DER element. */
export interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** Bytes including tag and length, which signatures cover. */
  readonly raw: Buffer;
}

/** Tags of universal types. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  objectIdentifier: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
} as const;

/** Reads a length (X.690 section 8.1.3): one byte, or up to four bytes after the first. */
function lengthAt(bytes: Buffer, offset: number): { readonly length: number; readonly next: number } {
  const first = bytes[offset];
  if (first === undefined) throw new Error("unexpected end of DER data");
  if (first < 0x80) return { length: first, next: offset + 1 };
  const size = first & 0x7f;
  if (size === 0 || size > 4) throw new Error("invalid DER length");
  if (offset + 1 + size > bytes.length) throw new Error("unexpected end of DER data");
  return { length: bytes.readUIntBE(offset + 1, size), next: offset + 1 + size };
}

/**
 * Iterates over the elements of DER data.
 * @throws Error if the data is malformed or truncated
 */
export function* elements(bytes: Buffer): Generator<Element, void> {
  for (let offset = 0; offset < bytes.length; ) {
    const tag = bytes[offset] ?? 0;
    if ((tag & 0x1f) === 0x1f) throw new Error("unsupported DER tag of several bytes");
    const { length, next } = lengthAt(bytes, offset + 1);
    const end = next + length;
    if (end > bytes.length) throw new Error("unexpected end of DER data");
    yield { tag, content: bytes.subarray(next, end), raw: bytes.subarray(offset, end) };
    offset = end;
  }
}

/**
 * Elements of a sequence.
 * @throws Error if the element is not a sequence
 */
export function childrenOf(element: Element | undefined): readonly Element[] {
  if (element?.tag !== TAG.sequence) throw new Error("unexpected DER structure");
  return [...elements(element.content)];
}

const UTC = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;

/**
 * Parses a time to milliseconds since 1970 (RFC 5280 section 4.1.2.5).
 * @throws Error if it is malformed
 */
export function timeOf({ tag, content }: Element): number {
  const text = content.toString("latin1");
  // Two-digit years mean 1950 to 2049.
  const full = tag === TAG.utcTime ? `${text < "50" ? "20" : "19"}${text}` : text;
  const [, year, month, day, hour, minute, second] = UTC.exec(full.slice(2)) ?? [];
  const time = Date.parse(`${full.slice(0, 2)}${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(time)) throw new Error("malformed DER time");
  return time;
}
