/** Reads the login form of `/v2/token`, which anonymous clients may send, with limits on number, size and time. */
import { siteOf } from "../connection/network.ts";
import { registryError, unavailable } from "../model/errors.ts";
import type { IncomingBody } from "../model/operations.ts";
import { unlessAborted } from "../resilience/unless-aborted.ts";

/** Maximum size of a form: a name, a password and a few scopes. */
const MAX_FORM_BYTES = 65_536;
const FORM_TIMEOUT_MS = 10_000;
/** Maximum number of forms that a process reads at the same time, in total and of one address or IPv6 /48 network. */
const MAX_FORMS = 256;
const MAX_FORMS_PER_SITE = 32;
const FIRST_BUFFER_BYTES = 1_024;

const timeoutError = () =>
  registryError("REQUEST_INVALID", {
    status: 408,
    message: `the form took longer to arrive than ${FORM_TIMEOUT_MS / 1000} s`,
  });

/** Growing buffer for a form that arrives in pieces. */
class FormBytes {
  #buffer = Buffer.allocUnsafe(FIRST_BUFFER_BYTES);
  #length = 0;

  /** @throws RegistryError SIZE_INVALID over the limit */
  add(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > MAX_FORM_BYTES) throw registryError("SIZE_INVALID", { detail: { limit: MAX_FORM_BYTES } });
    if (length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.min(MAX_FORM_BYTES, 2 * length));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#length);
    this.#length = length;
  }

  text(): string {
    return this.#buffer.toString("utf8", 0, this.#length);
  }
}

/** @throws RegistryError as `FormBytes.add`, and with 408 after the timeout */
async function collect(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const bytes = new FormBytes();
  const rest = chunks[Symbol.asyncIterator]();
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(timeoutError()), FORM_TIMEOUT_MS);
  try {
    for (;;) {
      const { done, value } = await unlessAborted(timeout.signal, rest.next());
      if (done === true) return bytes.text();
      bytes.add(value);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Reads login forms, with a limit for each address. */
export class TokenForms {
  readonly #bySite = new Map<string, number>();
  #count = 0;

  /**
   * Reads a form.
   * @returns undefined for another media type
   * @throws RegistryError SIZE_INVALID, REQUEST_INVALID; UNAVAILABLE while too many forms are being read
   */
  async read(
    { contentType, chunks }: IncomingBody,
    address: string | undefined,
  ): Promise<URLSearchParams | undefined> {
    const site = siteOf(address ?? "unix");
    const siteForms = this.#bySite.get(site) ?? 0;
    if (this.#count >= MAX_FORMS || siteForms >= MAX_FORMS_PER_SITE)
      throw unavailable("too many login forms are being read at once", 2);
    this.#count += 1;
    this.#bySite.set(site, siteForms + 1);
    try {
      const text = await collect(chunks);
      const mediaType = contentType?.split(";", 1)[0]?.trim().toLowerCase();
      return mediaType === "application/x-www-form-urlencoded" ? new URLSearchParams(text) : undefined;
    } finally {
      this.#count -= 1;
      const left = (this.#bySite.get(site) ?? 1) - 1;
      if (left > 0) this.#bySite.set(site, left);
      else this.#bySite.delete(site);
    }
  }
}
