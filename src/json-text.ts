/** Bodies that are not objects: JSON that is written already, and none where a HEAD needs none. */

/** What was written once needn't be written again. */
export class JsonText {
  readonly bytes: Uint8Array;

  constructor(text: string) {
    this.bytes = Buffer.from(text);
  }
}

/**
 * The body that a GET would have had and that a HEAD needn't make: its length and what follows from it are left out
 * (RFC 9110 section 9.3.2).
 */
export class Unwritten {
  readonly unwritten = true;
}
