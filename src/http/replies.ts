/** Encodes replies and writes them to node:http responses. */
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { EncodedBody, OmittedBody } from "../model/reply-body.ts";

/** A reply as the adapter sees it, whatever the operation. */
export interface AnyReply {
  readonly status: number;
  readonly headers?: object;
  /** Names and values of further headers, as {@link encoded} adds them. */
  readonly entityHeaders?: readonly string[];
  readonly body?: unknown;
}

/** Response that a reply is written to. */
export interface ReplyTarget {
  readonly response: ServerResponse;
  /** True for HEAD requests, which get the headers of GET and no body. */
  readonly head: boolean;
  readonly automatic: readonly string[];
}

/** Media type of errors, and of replies for which the contract names no other. */
export const JSON_TYPE = "application/json";

/** Maximum size of a body that is written as text, together with the headers. */
const MAX_TEXT_BYTES = 16_384;

const NONE: readonly string[] = [];
const NO_HEADERS = {};

/** Headers as alternating names and values, the form that Node.js writes fastest. */
function headersOf({ headers, entityHeaders = NONE }: AnyReply, { automatic }: ReplyTarget): string[] {
  const lines = [...automatic, ...entityHeaders];
  for (const [name, value] of Object.entries(headers ?? NO_HEADERS))
    if (typeof value === "string") lines.push(name, value);
  return lines;
}

/** Pipes a stream to the response. A failure closes the connection, so that the client notices the truncation. */
async function writeStream(body: Readable, { response, head }: ReplyTarget): Promise<void> {
  if (head) {
    body.resume();
    response.end();
    return;
  }
  await pipeline(body, response);
}

/** Maximum bytes of one write of a longer body: TLS copies what the client has not read yet. */
const PIECE_BYTES = 65_536;

function* piecesOf(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const part of parts)
    for (let start = 0; start < part.length; start += PIECE_BYTES)
      yield part.subarray(start, start + PIECE_BYTES);
}

const textOf = (part: Uint8Array): string =>
  (Buffer.isBuffer(part) ? part : Buffer.from(part.buffer, part.byteOffset, part.length)).toString("latin1");

const wholeOf = (parts: readonly Uint8Array[]): Uint8Array =>
  parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);

const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0);

function writeParts(
  parts: readonly Uint8Array[],
  { response, head }: ReplyTarget,
): Promise<void> | undefined {
  const length = lengthOf(parts);
  if (!head && length > PIECE_BYTES) return pipeline(piecesOf(parts), response);
  if (!head && length > MAX_TEXT_BYTES) return finished(response.end(wholeOf(parts)));
  if (head) response.end();
  else response.end(textOf(wholeOf(parts)), "latin1");
  return undefined;
}

/** Parts of an encoded body; empty for a stream or no body. */
export function partsOf({ body }: Pick<AnyReply, "body">): readonly Uint8Array[] {
  if (body instanceof EncodedBody) return body.parts;
  return body instanceof Uint8Array ? [body] : [];
}

/** Encodes the body of a reply. Bytes, streams and absent bodies stay as they are; anything else becomes text. */
export function encoded(reply: AnyReply, contentType: string): AnyReply {
  const { status, headers = NO_HEADERS, body } = reply;
  if (body === undefined || body instanceof Readable || body instanceof Uint8Array) return reply;
  if (body instanceof OmittedBody)
    return { status, headers, entityHeaders: ["Content-Type", contentType], body };
  const text =
    body instanceof EncodedBody
      ? body
      : new EncodedBody(typeof body === "string" ? body : JSON.stringify(body));
  const length = String(lengthOf(text.parts));
  const entityHeaders = ["Content-Type", contentType, "Content-Length", length];
  return { status, headers, entityHeaders, body: text };
}

/**
 * Writes an encoded reply. Resolves when a large reply has been sent; undefined for one that fits in a single write.
 * @throws Error if the body's stream fails, or the client disconnects before its end
 */
export function writeReply(reply: AnyReply, target: ReplyTarget): Promise<void> | undefined {
  const { response } = target;
  const { status, body } = reply;
  const headers = headersOf(reply, target);
  if (body === undefined && status !== 304) headers.push("Content-Length", "0");
  response.writeHead(status, headers);
  if (body instanceof Readable) return writeStream(body, target);
  if (body instanceof Uint8Array || body instanceof EncodedBody) return writeParts(partsOf(reply), target);
  response.end();
  return undefined;
}
