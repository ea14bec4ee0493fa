/** Disconnects clients that read replies too slowly. */
import type { Socket } from "node:net";

/** Maximum size of one write. A write counts when the operating system has taken all of it. */
const CHUNK_BYTES = 65_536;
/** Window in milliseconds over which the rate is measured, long enough for two writes at the minimum rate. */
const windowFor = (minRate: number): number => 1000 * Math.max(MIN_WINDOW_S, (2 * CHUNK_BYTES) / minRate);
const MIN_WINDOW_S = 120;

interface Reader {
  /** Bytes that the operating system had taken at the last check; undefined if no data was waiting then. */
  takenBytes: number | undefined;
}

/** Disconnects clients that read below the minimum rate while data is waiting. */
export class SlowReaders {
  readonly #minBytes: number;
  readonly #windowMs: number;
  readonly #readers = new Map<Socket, Reader>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param minRate bytes a second
   * @param windowMs milliseconds over which it is measured
   */
  constructor(minRate: number, windowMs = windowFor(Math.max(1, minRate))) {
    this.#minBytes = minRate === 0 ? 0 : (minRate * windowMs) / 1000 - CHUNK_BYTES;
    this.#windowMs = windowMs;
  }

  /**
   * Watches the client of a socket.
   * @returns a function that stops watching
   */
  watch(socket: Socket): () => void {
    this.#readers.set(socket, { takenBytes: undefined });
    this.#timer ??= setInterval(() => this.#check(), this.#windowMs).unref();
    return () => {
      this.#readers.delete(socket);
      if (this.#readers.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  #check(): void {
    for (const [socket, reader] of this.#readers) {
      // Without waiting data the source is slow, not the client.
      const isWaiting = socket.writableLength > 0;
      const taken = socket.bytesWritten - socket.writableLength;
      if (isWaiting && reader.takenBytes !== undefined && taken - reader.takenBytes < this.#minBytes)
        socket.destroy();
      reader.takenBytes = isWaiting ? taken : undefined;
    }
  }
}
