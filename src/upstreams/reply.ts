/** An answer of a system behind the gateway. */
import { Readable } from "node:stream";

/** An answer: whole, or with a body that is still to be read, or to be dropped. */
export interface UpstreamReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Bytes belong to whoever has the answer, and may be kept. */
  readonly body: Readable | Uint8Array;
}

/** The value of a header that may come once. */
export function headerOf({ headers }: UpstreamReply, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.[0];
}

/** Reads a body that nobody wants, so that its connection can be used again; one past `limit` bytes costs it. */
export async function drop({ body }: UpstreamReply, limit: number): Promise<void> {
  if (!(body instanceof Readable)) return;
  let length = 0;
  try {
    for await (const chunk of body) {
      length += chunk.length;
      if (length > limit) return;
    }
  } catch {
    // Nobody misses the rest.
  }
}
