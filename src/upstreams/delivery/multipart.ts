/** Bodies of the media type `multipart/byteranges` (RFC 9110 sections 14.6 and 15.3.7.2). */
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import type { Part, Span } from "./byte-ranges.ts";

/** Writes one multipart body of a known length. */
export class Multipart {
  readonly #parts: readonly Part[];
  readonly #length: number;
  readonly #mediaType: string;
  readonly #boundary = randomBytes(16).toString("hex");

  /**
   * @param length length of the whole content in bytes
   * @param mediaType media type of the content
   */
  constructor(parts: readonly Part[], length: number, mediaType: string) {
    this.#parts = parts;
    this.#length = length;
    this.#mediaType = mediaType;
  }

  get contentType(): string {
    return `multipart/byteranges; boundary=${this.#boundary}`;
  }

  /** Length of the body in bytes. */
  get contentLength(): number {
    return this.#parts.reduce(
      (sum, part) => sum + this.#head(part).length + part.last - part.first + 1,
      this.end().length,
    );
  }

  /**
   * Yields the parts of one span with their headers, cut from the bytes of the span as they arrive.
   * @throws Error if the span has another length than expected
   */
  async *write(body: Readable | Uint8Array, { first, last, parts }: Span): AsyncGenerator<Uint8Array> {
    let start = first;
    let index = 0;
    for await (const chunk of body instanceof Readable ? body : [body]) {
      const end = start + chunk.length;
      for (let part = parts[index]; part !== undefined && part.first < end; part = parts[index]) {
        if (part.first >= start) yield this.#head(part);
        yield chunk.subarray(Math.max(part.first, start) - start, Math.min(part.last + 1, end) - start);
        if (part.last >= end) break;
        index += 1;
      }
      start = end;
    }
    if (start !== last + 1) throw new Error("a part has another length than its Content-Range says");
  }

  /** Returns the final boundary. */
  end(): Buffer {
    return Buffer.from(`\r\n--${this.#boundary}--\r\n`);
  }

  #head(part: Part): Buffer {
    const { first, last } = part;
    const lines = [
      `${part === this.#parts[0] ? "" : "\r\n"}--${this.#boundary}`,
      `Content-Type: ${this.#mediaType}`,
      `Content-Range: bytes ${first}-${last}/${this.#length}`,
    ];
    return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
  }
}
