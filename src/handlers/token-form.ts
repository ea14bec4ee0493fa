/** The login form of `/v2/token`, which anybody may send: few at a time, short, soon, and in one buffer. */
import { siteOf } from "../connection/network.ts";
import { registryError, unavailable } from "../model/errors.ts";
import type { IncomingBody } from "../model/operations.ts";
import { unlessAborted } from "../resilience/unless-aborted.ts";

/** Names and passwords are short, and scopes few. */
const MAX_FORM_BYTES = 65_536;
const FORM_TIMEOUT_MS = 10_000;
/** Forms that are being read at once by a process, and of one address or IPv6 /48 network. */
const MAX_FORMS = 256;
const MAX_FORMS_PER_SITE = 32;
const FIRST_BUFFER_BYTES = 1_024;

const tooLate = () =>
  registryError("REQUEST_INVALID", {
    status: 408,
    message: `the form took longer to arrive than ${FORM_TIMEOUT_MS / 1000} s`,
  });

/** Bytes that come in pieces, in one buffer that grows to what they need. */
class FormBytes {
  #buffer = Buffer.allocUnsafe(FIRST_BUFFER_BYTES);
  #length = 0;

  /** @throws RegistryError SIZE_INVALID past the bound */
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

/** @throws RegistryError as `FormBytes.add`, and with 408 for one that takes too long */
async function collect(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const bytes = new FormBytes();
  const rest = chunks[Symbol.asyncIterator]();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(tooLate()), FORM_TIMEOUT_MS);
  try {
    for (;;) {
      const { done, value } = await unlessAborted(late.signal, rest.next());
      if (done === true) return bytes.text();
      bytes.add(value);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Reads login forms, of which each address has a share. */
export class TokenForms {
  readonly #bySite = new Map<string, number>();
  #reading = 0;

  /**
   * Reads a form.
   * @returns undefined for what is no form
   * @throws RegistryError SIZE_INVALID, REQUEST_INVALID; UNAVAILABLE while too many are being read
   */
  async read(
    { contentType, chunks }: IncomingBody,
    address: string | undefined,
  ): Promise<URLSearchParams | undefined> {
    const site = siteOf(address ?? "unix");
    const mine = this.#bySite.get(site) ?? 0;
    if (this.#reading >= MAX_FORMS || mine >= MAX_FORMS_PER_SITE)
      throw unavailable("too many login forms are being read at once", 2);
    this.#reading += 1;
    this.#bySite.set(site, mine + 1);
    try {
      const text = await collect(chunks);
      const mediaType = contentType?.split(";", 1)[0]?.trim().toLowerCase();
      return mediaType === "application/x-www-form-urlencoded" ? new URLSearchParams(text) : undefined;
    } finally {
      this.#reading -= 1;
      const left = (this.#bySite.get(site) ?? 1) - 1;
      if (left > 0) this.#bySite.set(site, left);
      else this.#bySite.delete(site);
    }
  }
}
