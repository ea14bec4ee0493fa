/** Merges small pieces of request bodies, each of which costs as much work as a large one, and refuses tiny ones. */
import { IncomingMessage } from "node:http";

/** Number of pieces of any size that a body may begin with, and minimum average size of the later ones. */
const UNCHECKED_PIECES = 1_024;
const MIN_AVERAGE_BYTES = 16;
/** Smaller pieces are merged up to this size, or until the socket has no more data for now. */
const LARGE_PIECE_BYTES = 8_192;

/**
 * Creates a request class that merges small pieces of the body and closes the connection if the pieces are tiny.
 * @param onTiny called before the connection of a request is closed
 */
export function requestClass(onTiny: (request: IncomingMessage) => void): typeof IncomingMessage {
  return class extends IncomingMessage {
    #pieces = 0;
    #bytes = 0;
    #buffer: Buffer | undefined;
    #length = 0;

    override push(piece: Uint8Array | null): boolean {
      // Data after the piece that exceeded the limit.
      if (this.destroyed) return false;
      if (piece === null) {
        this.#flush();
        return super.push(null);
      }
      this.#pieces += 1;
      this.#bytes += piece.length;
      if (this.#pieces > UNCHECKED_PIECES + this.#bytes / MIN_AVERAGE_BYTES) {
        onTiny(this);
        this.socket.destroy();
        this.destroy();
        return false;
      }
      if (piece.length >= LARGE_PIECE_BYTES) {
        this.#flush();
        return super.push(piece);
      }
      return this.#append(piece);
    }

    /** @returns false to apply backpressure */
    #append(piece: Uint8Array): boolean {
      if (this.#length + piece.length > LARGE_PIECE_BYTES) this.#flush();
      if (this.#buffer === undefined) {
        this.#buffer = Buffer.allocUnsafeSlow(LARGE_PIECE_BYTES);
        // process.nextTick would run after each piece, not after all data that was read.
        setImmediate(() => this.#flush());
      }
      this.#buffer.set(piece, this.#length);
      this.#length += piece.length;
      return this.readableLength + this.#length < this.readableHighWaterMark;
    }

    #flush(): void {
      const [buffer, length] = [this.#buffer, this.#length];
      this.#buffer = undefined;
      this.#length = 0;
      if (buffer === undefined || length === 0 || this.destroyed) return;
      // A mostly empty buffer is copied, so that its memory is not held.
      super.push(
        length < LARGE_PIECE_BYTES / 2 ? Buffer.from(buffer.subarray(0, length)) : buffer.subarray(0, length),
      );
    }
  };
}
