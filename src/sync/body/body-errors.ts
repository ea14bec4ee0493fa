/** The body does not have the shape that its route expects. The whole sync must be rejected. */
export class FormError extends Error {
  override readonly name = "FormError";
  /** Byte offset of the error in the body, from 0; the length of the body if something is missing. */
  readonly place: number;

  constructor(message: string, place: number) {
    super(`${message} (byte ${place} of the body)`);
    this.place = place;
  }
}

/** The content type is neither a form nor JSON. */
export class UnsupportedContentType extends Error {
  override readonly name = "UnsupportedContentType";

  constructor(contentType: string | undefined) {
    const actual = contentType === undefined ? "no content type" : JSON.stringify(contentType.slice(0, 100));
    super(`expected application/x-www-form-urlencoded or application/json, not ${actual}`);
  }
}
