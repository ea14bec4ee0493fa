/** Replies of the Smart Proxy that the façade sends with another body. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import type { FacadeCaller } from "./callers.ts";
import { type Amendment, amendmentFor, amendRefusal } from "./features.ts";
import { type Fields, withField } from "./message-headers.ts";

/** Maximum size of a reply that is changed. A longer one is passed on as it is. */
const MAX_AMENDED_BYTES = 1024 * 1024;

/** Path of a request as it was sent, without the query. */
export const pathOf = ({ url = "" }: IncomingMessage): string => url.split("?", 1)[0] ?? "";

/** Reads a stream to its end. */
async function readText(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Amendment of a short reply, if there is one. */
export function amendmentOf(
  request: IncomingMessage,
  { statusCode, headers }: IncomingMessage,
  { isTrusted, commonName }: FacadeCaller,
): Amendment | undefined {
  const length = Number(headers["content-length"]);
  if (!(length <= MAX_AMENDED_BYTES)) return undefined;
  const path = pathOf(request);
  if (statusCode === 403 && !isTrusted && commonName !== undefined && request.method !== "HEAD")
    return amendRefusal(commonName, path);
  return amendmentFor(request.method, path);
}

/** Sends a reply with its changed body. */
export async function sendAmended(
  { method }: IncomingMessage,
  reply: IncomingMessage,
  response: ServerResponse,
  { fields, amend }: { readonly fields: Fields; readonly amend: Amendment },
): Promise<void> {
  const received = await readText(reply);
  const text =
    reply.statusCode === 200 || reply.statusCode === 403 ? amend(received.toString("utf8")) : received;
  const body = Buffer.from(text);
  response.writeHead(
    reply.statusCode ?? 502,
    reply.statusMessage,
    withField(fields, "Content-Length", String(body.length)),
  );
  response.end(method === "HEAD" ? undefined : body);
}
