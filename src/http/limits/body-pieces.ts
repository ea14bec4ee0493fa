/** Bodies that come in small pieces, each of which costs as much as a large one. */
import { IncomingMessage } from "node:http";

/** Pieces of any size that a body may begin with, and bytes that the later ones must have on average. */
const UNCHECKED_PIECES = 1_024;
const MIN_AVERAGE_BYTES = 16;
/** Smaller pieces are put together until so many bytes are there, or nothing more has been read for now. */
const LARGE_PIECE_BYTES = 8_192;

/**
 * Requests whose bodies are read in pieces that are worth the work. The connection of one whose pieces are tiny is closed.
 * @param onTiny told of a request before its connection is closed
 */
export function requestClass(onTiny: (request: IncomingMessage) => void): typeof IncomingMessage {
  return class extends IncomingMessage {
    #pieces = 0;
    #bytes = 0;
    #waiting: Buffer | undefined;
    #length = 0;

    override push(piece: Uint8Array | null): boolean {
      // The rest of what was read with the piece that was one too many.
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
      return this.#gather(piece);
    }

    /** @returns whether more is wanted */
    #gather(piece: Uint8Array): boolean {
      if (this.#length + piece.length > LARGE_PIECE_BYTES) this.#flush();
      if (this.#waiting === undefined) {
        this.#waiting = Buffer.allocUnsafeSlow(LARGE_PIECE_BYTES);
        // Ticks come after each piece, not after all that was read.
        setImmediate(() => this.#flush());
      }
      this.#waiting.set(piece, this.#length);
      this.#length += piece.length;
      return this.readableLength + this.#length < this.readableHighWaterMark;
    }

    #flush(): void {
      const [waiting, length] = [this.#waiting, this.#length];
      this.#waiting = undefined;
      this.#length = 0;
      if (waiting === undefined || length === 0 || this.destroyed) return;
      // A body that ends here needs no more room than it has bytes.
      super.push(
        length < LARGE_PIECE_BYTES / 2
          ? Buffer.from(waiting.subarray(0, length))
          : waiting.subarray(0, length),
      );
    }
  };
}
