/** Rows in COPY's binary format (PostgreSQL documentation, "COPY", section "Binary Format"). */
import { Buffer } from "node:buffer";

/** Header: the signature, no flags, no extension. */
export const COPY_BEGIN = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
/** Trailer. */
export const COPY_END = Buffer.from([0xff, 0xff]);

const NOTHING = Buffer.alloc(0);
const INITIAL_BYTES = 64 * 1024;

/** Encodes rows. Each call of `row` must be followed by as many values as the row has columns. */
export class CopyRows {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  #length = 0;

  row(columns: number): void {
    this.#reserve(2);
    this.#length = this.#bytes.writeInt16BE(columns, this.#length);
  }

  /** Writes a value of the type `integer`. */
  integer(value: number): void {
    this.#reserve(8);
    this.#length = this.#bytes.writeInt32BE(4, this.#length);
    this.#length = this.#bytes.writeInt32BE(value, this.#length);
  }

  boolean(value: boolean): void {
    this.#reserve(5);
    this.#length = this.#bytes.writeInt32BE(1, this.#length);
    this.#length = this.#bytes.writeUInt8(value ? 1 : 0, this.#length);
  }

  text(value: string): void {
    this.#reserve(4 + 3 * value.length);
    const length = this.#bytes.write(value, this.#length + 4, "utf8");
    this.#bytes.writeInt32BE(length, this.#length);
    this.#length += 4 + length;
  }

  null(): void {
    this.#reserve(4);
    this.#length = this.#bytes.writeInt32BE(-1, this.#length);
  }

  /** Returns the bytes that were written since the last call. */
  take(): Buffer {
    if (this.#length === 0) return NOTHING;
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.allocUnsafe(Math.max(INITIAL_BYTES, this.#length));
    this.#length = 0;
    return taken;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
