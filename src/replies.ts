/** Writes replies to node:http responses: headers once, bodies as text, JSON or a stream. */
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { JsonText, Unwritten } from "./json-text.ts";

/** A reply as the adapter sees it, whatever the operation. */
export interface AnyReply {
  readonly status: number;
  readonly headers?: object;
  readonly body?: unknown;
}

/** Where a reply goes and what belongs to every reply there. */
export interface ReplyTarget {
  readonly response: ServerResponse;
  /** For HEAD the headers of GET, and no body. */
  readonly head: boolean;
  readonly automatic: Readonly<Record<string, string>>;
  /** The media type of a body that brings none of its own. */
  readonly contentType: string;
}

function headersOf({ headers }: AnyReply): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) if (typeof value === "string") out[name] = value;
  return out;
}

/** A transfer that breaks half way closes the connection: the client must never take a part for the whole. */
async function writeStream(body: Readable, { response, head }: ReplyTarget): Promise<void> {
  if (head) {
    body.resume();
    response.end();
    return;
  }
  await pipeline(body, response);
}

function bytesOf(body: unknown): Uint8Array {
  if (body instanceof JsonText) return body.bytes;
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}

/**
 * Writes a reply and resolves when it is out.
 * @throws Error when the body's stream breaks or the caller goes away
 */
export async function writeReply(reply: AnyReply, target: ReplyTarget): Promise<void> {
  const { response, head, automatic, contentType } = target;
  const headers = { ...automatic, ...headersOf(reply) };
  if (reply.body instanceof Readable) {
    response.writeHead(reply.status, headers);
    return writeStream(reply.body, target);
  }
  if (reply.body instanceof Uint8Array) {
    response.writeHead(reply.status, headers);
    response.end(head ? undefined : reply.body);
    return;
  }
  if (reply.body === undefined) {
    response.writeHead(reply.status, reply.status === 304 ? headers : { ...headers, "Content-Length": "0" });
    response.end();
    return;
  }
  if (reply.body instanceof Unwritten) {
    response.writeHead(reply.status, { ...headers, "Content-Type": contentType });
    response.end();
    return;
  }
  const bytes = bytesOf(reply.body);
  response.writeHead(reply.status, {
    ...headers,
    "Content-Type": contentType,
    "Content-Length": bytes.length,
  });
  response.end(head ? undefined : bytes);
}
