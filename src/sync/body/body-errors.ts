/** The body is not a push of the shape that its route takes. Nothing of it is to be kept. */
export class FormError extends Error {
  override readonly name = "FormError";
  /** Offset of the error in bytes from 0, or the body's length for a missing part; a JSON Pointer (RFC 6901) in JSON. */
  readonly place: number | string;

  constructor(message: string, place: number | string) {
    super(`${message} (${typeof place === "number" ? `byte ${place} of the body` : `at "${place}"`})`);
    this.place = place;
  }
}

/** The body claims to be something that is neither a form nor JSON. */
export class UnsupportedContentType extends Error {
  override readonly name = "UnsupportedContentType";

  constructor(contentType: string | undefined) {
    const said = contentType === undefined ? "no content type" : JSON.stringify(contentType.slice(0, 100));
    super(`expected application/x-www-form-urlencoded or application/json, not ${said}`);
  }
}
