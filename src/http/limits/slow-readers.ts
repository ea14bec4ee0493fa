/** Readers that take a reply too slowly, as if only to hold on to what it takes of others. */
import type { Socket } from "node:net";

/** Bytes that are handed over at once, at the most: they count when all of them are taken. */
const GRAIN_BYTES = 65_536;
/** Milliseconds over which a reader's rate is measured: two grains, at least, are taken in it. */
const windowFor = (minRate: number): number => 1000 * Math.max(MIN_WINDOW_S, (2 * GRAIN_BYTES) / minRate);
const MIN_WINDOW_S = 120;

interface Reader {
  /** Bytes that the operating system had taken at the last look; undefined if nothing waited for the reader then. */
  taken: number | undefined;
}

/** Cuts off readers that take fewer bytes than they must while more wait for them. */
export class SlowReaders {
  readonly #leastBytes: number;
  readonly #windowMs: number;
  readonly #readers = new Map<Socket, Reader>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param minRate bytes a second
   * @param windowMs milliseconds over which it is measured
   */
  constructor(minRate: number, windowMs = windowFor(Math.max(1, minRate))) {
    this.#leastBytes = minRate === 0 ? 0 : (minRate * windowMs) / 1000 - GRAIN_BYTES;
    this.#windowMs = windowMs;
  }

  /**
   * Watches who reads from a socket.
   * @returns what ends it
   */
  watch(socket: Socket): () => void {
    this.#readers.set(socket, { taken: undefined });
    this.#timer ??= setInterval(() => this.#look(), this.#windowMs).unref();
    return () => {
      this.#readers.delete(socket);
      if (this.#readers.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  #look(): void {
    for (const [socket, reader] of this.#readers) {
      // A source that brings nothing is no fault of the reader's.
      const waits = socket.writableLength > 0;
      const taken = socket.bytesWritten - socket.writableLength;
      if (waits && reader.taken !== undefined && taken - reader.taken < this.#leastBytes) socket.destroy();
      reader.taken = waits ? taken : undefined;
    }
  }
}
