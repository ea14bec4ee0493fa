/** A body that is JSON already: what was written once needn't be written again. */
export class JsonText {
  readonly bytes: Uint8Array;

  constructor(text: string) {
    this.bytes = Buffer.from(text);
  }
}
