/** Reading DER (X.690), as far as revocation lists need it: one element after the other, all of them whole. */

/** An element. */
export interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** With its tag and its length, as signatures cover it. */
  readonly whole: Buffer;
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

/** A length as X.690 section 8.1.3 writes it: in one byte, or in up to four that follow the first. */
function lengthAt(bytes: Buffer, at: number): { readonly length: number; readonly next: number } {
  const first = bytes[at];
  if (first === undefined) throw new Error("it ends too early");
  if (first < 0x80) return { length: first, next: at + 1 };
  const size = first & 0x7f;
  if (size === 0 || size > 4) throw new Error("it holds a length that is no DER");
  if (at + 1 + size > bytes.length) throw new Error("it ends too early");
  return { length: bytes.readUIntBE(at + 1, size), next: at + 1 + size };
}

/** The elements of some bytes, in their order; @throws Error for what is no whole DER */
export function* elements(bytes: Buffer): Generator<Element, void> {
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] ?? 0;
    if ((tag & 0x1f) === 0x1f) throw new Error("it holds a tag of several bytes");
    const { length, next } = lengthAt(bytes, at + 1);
    const end = next + length;
    if (end > bytes.length) throw new Error("it ends too early");
    yield { tag, content: bytes.subarray(next, end), whole: bytes.subarray(at, end) };
    at = end;
  }
}

/** The elements within a sequence; @throws Error if it is none */
export function within(element: Element | undefined): readonly Element[] {
  if (element?.tag !== TAG.sequence) throw new Error("it is not built as it should be");
  return [...elements(element.content)];
}

const UTC = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;

/** A time in milliseconds since 1970 (RFC 5280 section 4.1.2.5); @throws Error for what is none */
export function timeOf({ tag, content }: Element): number {
  const text = content.toString("latin1");
  // Years of two digits are those from 1950 to 2049.
  const full = tag === TAG.utcTime ? `${text < "50" ? "20" : "19"}${text}` : text;
  const [, year, month, day, hour, minute, second] = UTC.exec(full.slice(2)) ?? [];
  const time = Date.parse(`${full.slice(0, 2)}${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(time)) throw new Error("it holds a time that can't be read");
  return time;
}
