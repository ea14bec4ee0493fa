/** Special bodies of replies: encoded ones, and the omitted body of a HEAD reply. */

/** An encoded body, in parts that are sent one after the other; several replies may share a large part. */
export class EncodedBody {
  readonly parts: readonly Uint8Array[];

  constructor(...parts: readonly (string | Uint8Array)[]) {
    this.parts = parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part));
  }
}

/**
 * Body that a HEAD reply omits without computing it: `Content-Length` and similar headers are omitted as well (RFC 9110
 * section 9.3.2).
 */
export class OmittedBody {
  readonly omitted = true;
}
