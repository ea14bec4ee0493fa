/** Limits the bytes of replies in memory that clients have not read yet, in total and per address. */
import { siteOf } from "../../connection/network.ts";
import { unavailable } from "../../model/errors.ts";

/** Minimum size of a body that is counted. */
export const MIN_COUNTED_BYTES = 16_384;
/** Divisor of the limit that gives the share of one address, or of one IPv6 /48 network. */
const ADDRESS_FRACTION = 4;

/** Counts the bytes of buffers. A buffer counts once and whole, however many clients read it or a part of it. */
class HeldBytes {
  readonly #readers = new Map<ArrayBufferLike, number>();
  bytes = 0;

  /** True if parts fit into the limit; those that are counted already take no more room. A single reply always fits. */
  fits(parts: readonly Uint8Array[], limit: number): boolean {
    const added = parts.reduce(
      (sum, { buffer }) => sum + (this.#readers.has(buffer) ? 0 : buffer.byteLength),
      0,
    );
    return added === 0 || this.bytes === 0 || this.bytes + added <= limit;
  }

  add({ buffer }: Uint8Array): void {
    const readers = this.#readers.get(buffer) ?? 0;
    this.#readers.set(buffer, readers + 1);
    if (readers === 0) this.bytes += buffer.byteLength;
  }

  remove({ buffer }: Uint8Array): void {
    const readers = (this.#readers.get(buffer) ?? 0) - 1;
    if (readers > 0) {
      this.#readers.set(buffer, readers);
      return;
    }
    this.#readers.delete(buffer);
    this.bytes -= buffer.byteLength;
  }
}

/** Large replies of one process that are being sent. */
export class HeldReplies {
  readonly #limitBytes: number;
  readonly #all = new HeldBytes();
  readonly #sites = new Map<string, HeldBytes>();

  /** @param limit in bytes */
  constructor(limit: number) {
    this.#limitBytes = limit;
  }

  /** Number of bytes held. */
  get bytes(): number {
    return this.#all.bytes;
  }

  /**
   * Counts the parts of a body until they are released. A part that other replies share already takes no more room.
   * @returns a function that releases them; undefined for a short body
   * @throws RegistryError UNAVAILABLE if the limit is reached
   */
  hold(parts: readonly Uint8Array[], address: string | undefined): (() => void) | undefined {
    const counted = parts.filter(({ length }) => length >= MIN_COUNTED_BYTES);
    if (counted.length === 0) return undefined;
    const key = siteOf(address ?? "");
    const site = this.#sites.get(key) ?? new HeldBytes();
    if (!site.fits(counted, this.#limitBytes / ADDRESS_FRACTION))
      throw unavailable("this address has too many unread replies (max_reply_bytes)", 2);
    if (!this.#all.fits(counted, this.#limitBytes))
      throw unavailable("too many replies are unread (max_reply_bytes)", 2);
    this.#sites.set(key, site);
    for (const held of [this.#all, site]) for (const part of counted) held.add(part);
    return () => {
      for (const held of [this.#all, site]) for (const part of counted) held.remove(part);
      if (site.bytes === 0) this.#sites.delete(key);
    };
  }
}
