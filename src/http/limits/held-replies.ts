/** Replies that are held in memory until their readers have taken them: so many bytes in all, and a part of them for one address. */
import { siteOf } from "../../connection/network.ts";
import { unavailable } from "../../model/errors.ts";

/** Bodies of fewer bytes are not worth counting. */
export const MIN_COUNTED_BYTES = 16_384;
/** The part of all that one address, or one IPv6 /48 network, may hold. */
const ADDRESS_FRACTION = 4;

/** Bytes by whatever holds them; each is counted once, however many readers it has. */
class Held {
  readonly #readers = new Map<ArrayBufferLike, number>();
  bytes = 0;

  /** Whether there is room for parts, most of which may be there already. One reply has room in any case, whatever its size. */
  fits(parts: readonly Uint8Array[], limit: number): boolean {
    const more = parts.reduce((sum, { buffer, length }) => sum + (this.#readers.has(buffer) ? 0 : length), 0);
    return more === 0 || this.bytes === 0 || this.bytes + more <= limit;
  }

  add(body: Uint8Array): void {
    const readers = this.#readers.get(body.buffer) ?? 0;
    this.#readers.set(body.buffer, readers + 1);
    if (readers === 0) this.bytes += body.length;
  }

  remove(body: Uint8Array): void {
    const readers = (this.#readers.get(body.buffer) ?? 0) - 1;
    if (readers > 0) {
      this.#readers.set(body.buffer, readers);
      return;
    }
    this.#readers.delete(body.buffer);
    this.bytes -= body.length;
  }
}

/** The large replies of one process that are on their way to their readers. */
export class HeldReplies {
  readonly #limit: number;
  readonly #all = new Held();
  readonly #sites = new Map<string, Held>();

  /** @param limit in bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes that are held. */
  get bytes(): number {
    return this.#all.bytes;
  }

  /**
   * Holds the parts of a body until the reply is out. What is read by many already is there in any case.
   * @returns what lets them go; undefined for a short body
   * @throws RegistryError UNAVAILABLE if there is no room for them
   */
  hold(parts: readonly Uint8Array[], address: string | undefined): (() => void) | undefined {
    const long = parts.filter(({ length }) => length >= MIN_COUNTED_BYTES);
    if (long.length === 0) return undefined;
    const key = siteOf(address ?? "");
    const site = this.#sites.get(key) ?? new Held();
    if (!site.fits(long, this.#limit / ADDRESS_FRACTION))
      throw unavailable("too many replies wait for this address to read them (max_reply_bytes)", 2);
    if (!this.#all.fits(long, this.#limit))
      throw unavailable("too many replies wait for their readers (max_reply_bytes)", 2);
    this.#sites.set(key, site);
    for (const held of [this.#all, site]) for (const part of long) held.add(part);
    return () => {
      for (const held of [this.#all, site]) for (const part of long) held.remove(part);
      if (site.bytes === 0) this.#sites.delete(key);
    };
  }
}
