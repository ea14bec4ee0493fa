/** Merges small pieces of request bodies, each of which costs as much work as a large one, and refuses tiny ones. */
import { IncomingMessage } from "node:http";

/** Number of pieces of any size that a body may begin with, and minimum average size of the later ones. */
const UNCHECKED_PIECES = 1_024;
const MIN_AVERAGE_BYTES = 16;
/** Smaller pieces are merged up to this size, or until the socket has no more data for now. */
const LARGE_PIECE_BYTES = 8_192;

/** Merges the pieces of one body. */
class Pieces {
  readonly #request: IncomingMessage;
  readonly #onTiny: () => void;
  #pieces = 0;
  #bytes = 0;
  #buffer: Buffer | undefined;
  #length = 0;

  constructor(request: IncomingMessage, onTiny: () => void) {
    this.#request = request;
    this.#onTiny = onTiny;
  }

  /** Takes a piece, or null at the end. @returns false to apply backpressure */
  push(piece: Uint8Array | null): boolean {
    // Data after the piece that exceeded the limit.
    if (this.#request.destroyed) return false;
    if (piece === null) {
      this.#flush();
      return this.#pass(null);
    }
    this.#pieces += 1;
    this.#bytes += piece.length;
    if (this.#pieces > UNCHECKED_PIECES + this.#bytes / MIN_AVERAGE_BYTES) {
      this.#onTiny();
      this.#request.socket.destroy();
      this.#request.destroy();
      return false;
    }
    if (piece.length >= LARGE_PIECE_BYTES) {
      this.#flush();
      return this.#pass(piece);
    }
    return this.#append(piece);
  }

  #append(piece: Uint8Array): boolean {
    if (this.#length + piece.length > LARGE_PIECE_BYTES) this.#flush();
    if (this.#buffer === undefined) {
      this.#buffer = Buffer.allocUnsafeSlow(LARGE_PIECE_BYTES);
      // process.nextTick would run after each piece, not after all data that was read.
      setImmediate(() => this.#flush());
    }
    this.#buffer.set(piece, this.#length);
    this.#length += piece.length;
    return this.#request.readableLength + this.#length < this.#request.readableHighWaterMark;
  }

  #flush(): void {
    const [buffer, length] = [this.#buffer, this.#length];
    this.#buffer = undefined;
    this.#length = 0;
    if (buffer === undefined || length === 0 || this.#request.destroyed) return;
    // A mostly empty buffer is copied, so that its memory is not held.
    this.#pass(
      length < LARGE_PIECE_BYTES / 2 ? Buffer.from(buffer.subarray(0, length)) : buffer.subarray(0, length),
    );
  }

  #pass(piece: Uint8Array | null): boolean {
    return IncomingMessage.prototype.push.call(this.#request, piece);
  }
}

/**
 * Merges the small pieces of a request's body, and closes its connection if the pieces are tiny. Called before the first
 * piece arrives.
 * @param onTiny called before the connection is closed
 */
export function mergePieces(request: IncomingMessage, onTiny: () => void): void {
  const pieces = new Pieces(request, onTiny);
  request.push = (piece: Uint8Array | null) => pieces.push(piece);
}
