/** The body is not a push of the shape that its route takes. Nothing of it is to be kept. */
export class FormError extends Error {
  override readonly name = "FormError";
  /** Offset in the body, in bytes from 0, of what is wrong; for what is missing, the body's length. */
  readonly place: number;

  constructor(message: string, place: number) {
    super(`${message} (byte ${place} of the body)`);
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
