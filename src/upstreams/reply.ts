/** Replies of upstreams. */
import { Readable } from "node:stream";

/** A reply of an upstream. A body that is a stream must be read or dropped. */
export interface UpstreamReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Bytes are a copy of their own, so they may be cached. */
  readonly body: Readable | Uint8Array;
}

/** Reply to a test request, for an operator. */
export interface ProbeReply {
  readonly status: number;
  /** Header `Date`. */
  readonly date: string | undefined;
  /** True for a reply of a container registry, and not of some other page. */
  readonly isRegistry: boolean;
}

/** Returns the first value of a header. */
export function headerOf({ headers }: UpstreamReply, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.[0];
}

/** Reads an unwanted body so that its connection can be reused. A body of more than `limit` bytes closes the connection. */
export async function drop({ body }: UpstreamReply, limit: number): Promise<void> {
  if (!(body instanceof Readable)) return;
  let length = 0;
  try {
    for await (const chunk of body) {
      length += chunk.length;
      if (length > limit) return;
    }
  } catch {
    // The rest is unwanted, too.
  }
}

/** Reads a body, but stops once it has more than `limit` bytes. @throws the error of a body that breaks off */
export async function readBody(body: UpstreamReply["body"], limit: number): Promise<Uint8Array> {
  if (!(body instanceof Readable)) return body;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limit) break;
  }
  return Buffer.concat(chunks);
}
