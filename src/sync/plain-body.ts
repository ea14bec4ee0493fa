/** Checks on the body of a sync: its size, its encoding, and the validity of its entries. */
import type { IncomingHttpHeaders } from "node:http";
import type { Logger } from "pino";
import { registryError } from "../model/errors.ts";
import type { Batches, SyncContext } from "../model/syncs.ts";
import { FormError, JsonTooLong, MAX_JSON_BYTES, UnsupportedContentType } from "./body/read-body.ts";

/** Maximum number of invalid entries that are logged and recorded; all are counted. */
const MAX_LISTED = 10;

/** Converts an error of the parser to a registry error. */
function refusal(error: unknown): unknown {
  if (error instanceof FormError) {
    return registryError("REQUEST_INVALID", {
      message: error.message,
      detail: { place: error.place },
      cause: error,
    });
  }
  if (error instanceof UnsupportedContentType) {
    return registryError("UNSUPPORTED", { status: 415, message: error.message, cause: error });
  }
  if (error instanceof JsonTooLong) {
    return registryError("SIZE_INVALID", {
      message: error.message,
      detail: { limit: MAX_JSON_BYTES },
      cause: error,
    });
  }
  return error;
}

const tooLong = (limit: number) =>
  registryError("SIZE_INVALID", {
    message: `the body is longer than the ${limit} bytes that the setting max_sync_bytes allows`,
    detail: { setting: "max_sync_bytes", limit },
  });

const isGzip = (chunk: Uint8Array): boolean => chunk[0] === 0x1f && chunk[1] === 0x8b;

/** Reports a client that disconnects before the end of the body as its own error. */
async function* untilEnd(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (cause) {
    throw registryError("REQUEST_INVALID", {
      message: "the client disconnected before the end of the body",
      cause,
    });
  }
}

/**
 * Yields and counts the bytes of a body.
 * @param limitBytes maximum length
 * @throws RegistryError SIZE_INVALID for a body that is too long, at once if its `Content-Length` is; UNSUPPORTED or
 * REQUEST_INVALID for a compressed body; REQUEST_INVALID for an incomplete one
 */
export async function* plainBytes(
  chunks: AsyncIterable<Uint8Array>,
  headers: IncomingHttpHeaders,
  limitBytes: number,
  { counts }: SyncContext,
): AsyncGenerator<Uint8Array> {
  if (Number(headers["content-length"] ?? 0) > limitBytes) throw tooLong(limitBytes);
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding.toLowerCase() !== "identity") {
    const message = `Content-Encoding ${encoding.slice(0, 100)} is not supported: send the body uncompressed`;
    throw registryError("UNSUPPORTED", { status: 415, message });
  }
  for await (const chunk of untilEnd(chunks)) {
    if (counts.bytes === 0 && isGzip(chunk))
      throw new FormError("the body is compressed with gzip, without a Content-Encoding", 0);
    counts.bytes += chunk.length;
    if (counts.bytes > limitBytes) throw tooLong(limitBytes);
    yield chunk;
  }
}

/** Bytes of a body that are read before a database connection is acquired. */
const READ_AHEAD_BYTES = 256 * 1024;

async function* concatenated<Row>(
  read: Promise<IteratorResult<readonly Row[]>>[],
  rest: AsyncIterator<readonly Row[]>,
): AsyncGenerator<readonly Row[]> {
  try {
    for (;;) {
      const { done, value } = await (read.shift() ?? rest.next());
      if (done === true) return;
      yield value;
    }
  } finally {
    await rest.return?.();
  }
}

/**
 * Reads a short body completely, and the beginning of a longer one, before a database connection is acquired for it: there
 * are few, and a slow client would delay all other syncs.
 * @returns the same batches, with an error at the same position
 */
export async function readAhead<Row>(batches: Batches<Row>, { counts }: SyncContext): Promise<Batches<Row>> {
  const rest = batches[Symbol.asyncIterator]();
  const read: Promise<IteratorResult<readonly Row[]>>[] = [];
  for (let more = true; more && counts.bytes < READ_AHEAD_BYTES; ) {
    const next = rest.next();
    read.push(next);
    more = await next.then(
      ({ done }) => done !== true,
      () => false,
    );
  }
  return concatenated(read, rest);
}

/**
 * Yields the rows that `convert` accepts, and counts the others. Entries are numbered from 1; 0 is a subject without entries.
 * @throws RegistryError REQUEST_INVALID, SIZE_INVALID, UNSUPPORTED if the whole body must be rejected
 */
export async function* checkedRows<Raw extends { readonly entry: number }, Row>(
  batches: Batches<Raw>,
  { counts, invalidEntries, requestId }: SyncContext,
  log: Logger,
  convert: (raw: Raw) => Row | undefined,
): AsyncGenerator<Row[]> {
  let valid = 0;
  try {
    for await (const batch of batches) {
      const rows: Row[] = [];
      for (const raw of batch) {
        if (raw.entry > 0) counts.entries += 1;
        const row = convert(raw);
        if (row !== undefined) {
          rows.push(row);
          continue;
        }
        counts.invalid += 1;
        if (invalidEntries.length === MAX_LISTED) continue;
        invalidEntries.push(raw.entry);
        log.warn({ request_id: requestId, entry: raw.entry }, "sync: invalid entry skipped");
      }
      valid += rows.length;
      yield rows;
    }
  } catch (error) {
    throw refusal(error);
  }
  // A body with invalid entries only is a mistake, and must not delete everything.
  if (valid === 0 && counts.invalid > 0) {
    throw registryError("REQUEST_INVALID", { message: `none of the ${counts.invalid} entries is valid` });
  }
}
