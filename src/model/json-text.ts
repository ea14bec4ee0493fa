/** Bodies that are not objects: JSON that is written already, and none where a HEAD needs none. */

/** JSON that is written already, in parts that are sent one after the other: several replies may share a large one. */
export class JsonText {
  readonly parts: readonly Uint8Array[];

  constructor(...parts: readonly (string | Uint8Array)[]) {
    this.parts = parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part));
  }
}

/**
 * The body that a GET would have had and that a HEAD needn't make: its length and what follows from it are left out
 * (RFC 9110 section 9.3.2).
 */
export class Unwritten {
  readonly unwritten = true;
}
