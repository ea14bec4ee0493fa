/** Writes replies to node:http responses: headers once, bodies as text, JSON or a stream. */
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { JsonText, Unwritten } from "../json-text.ts";

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
  readonly automatic: readonly string[];
  /** The media type of a body that brings none of its own. */
  readonly contentType: string;
}

/** Bytes that go out in one piece with the headers, as text of as many letters. */
const LARGEST_TOGETHER = 16_384;

/** Names and values in turn, which is what Node.js writes fastest. */
function headersOf({ headers }: AnyReply, { automatic }: ReplyTarget): string[] {
  const lines = [...automatic];
  for (const [name, value] of Object.entries(headers ?? {}))
    if (typeof value === "string") lines.push(name, value);
  return lines;
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

const textOf = (part: Uint8Array): string =>
  Buffer.from(part.buffer, part.byteOffset, part.length).toString("latin1");

const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0);

async function writeParts(parts: readonly Uint8Array[], { response, head }: ReplyTarget): Promise<void> {
  if (head) response.end();
  else if (lengthOf(parts) > LARGEST_TOGETHER) {
    for (const part of parts) response.write(part);
    await finished(response.end());
  } else response.end(parts.map(textOf).join(""), "latin1");
}

function partsOf(body: unknown): readonly Uint8Array[] {
  if (body instanceof JsonText) return body.parts;
  return [Buffer.from(typeof body === "string" ? body : JSON.stringify(body))];
}

/**
 * Writes a reply and resolves when it is out; one that Node.js takes in one piece is out as soon as it is written.
 * @throws Error when the body's stream breaks, or the caller goes away before its end
 */
export async function writeReply(reply: AnyReply, target: ReplyTarget): Promise<void> {
  const { response, contentType } = target;
  const { status, body } = reply;
  const headers = headersOf(reply, target);
  if (body instanceof Readable) {
    response.writeHead(status, headers);
    return writeStream(body, target);
  }
  if (body instanceof Uint8Array) {
    response.writeHead(status, headers);
    return writeParts([body], target);
  }
  if (body === undefined) {
    if (status !== 304) headers.push("Content-Length", "0");
    response.writeHead(status, headers);
    response.end();
    return;
  }
  headers.push("Content-Type", contentType);
  if (body instanceof Unwritten) {
    response.writeHead(status, headers);
    response.end();
    return;
  }
  const parts = partsOf(body);
  headers.push("Content-Length", String(lengthOf(parts)));
  response.writeHead(status, headers);
  return writeParts(parts, target);
}
