/** The body does not have the shape that its route expects. The whole sync must be rejected. */
export class FormError extends Error {
  override readonly name = "FormError";
  /** Offset of the error in bytes from 0, or the body's length for a missing part; a JSON Pointer (RFC 6901) in JSON. */
  readonly place: number | string;

  constructor(message: string, place: number | string) {
    super(`${message} (${typeof place === "number" ? `byte ${place} of the body` : `at "${place}"`})`);
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
