/** The body of a push on its way to rows: bounded, plain, in entries that keep the contract. */
import type { IncomingHttpHeaders } from "node:http";
import type { Logger } from "pino";
import { registryError } from "../model/errors.ts";
import type { Batches, SyncContext } from "../model/syncs.ts";
import { FormError, JsonTooLong, MAX_JSON_BYTES, UnsupportedContentType } from "./body/read-body.ts";

/** Invalid entries that are named in the log and in the record; more are only counted. */
const MAX_LISTED = 10;

/** Why a body is refused, in the contract's words. */
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

/** The body of a sender that stays: one that leaves is no fault of anything here. */
async function* whole(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (cause) {
    throw registryError("REQUEST_INVALID", { message: "the sender left before the end of the body", cause });
  }
}

/**
 * The bytes of a body, counted.
 * @throws RegistryError SIZE_INVALID past the limit, at once if the body says so beforehand; UNSUPPORTED or
 * REQUEST_INVALID for one that is compressed; REQUEST_INVALID for one that breaks off
 */
export async function* plainBytes(
  chunks: AsyncIterable<Uint8Array>,
  headers: IncomingHttpHeaders,
  limit: number,
  { counts }: SyncContext,
): AsyncGenerator<Uint8Array> {
  if (Number(headers["content-length"] ?? 0) > limit) throw tooLong(limit);
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding.toLowerCase() !== "identity") {
    const message = `Content-Encoding ${encoding.slice(0, 100)} is not understood: send the body as it is`;
    throw registryError("UNSUPPORTED", { status: 415, message });
  }
  for await (const chunk of whole(chunks)) {
    if (counts.bytes === 0 && isGzip(chunk))
      throw new FormError("the body is compressed with gzip, and no Content-Encoding says so", 0);
    counts.bytes += chunk.length;
    if (counts.bytes > limit) throw tooLong(limit);
    yield chunk;
  }
}

/** Bytes of a body that are read before anything is held for it. */
const READ_AHEAD_BYTES = 256 * 1024;

async function* inTurn<Row>(
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
 * Reads a short body to its end, and the beginning of a longer one, before a connection to the database is held for it:
 * there are few, and a sender that is slow would keep all other pushes waiting.
 * @returns the same batches; an error comes where it would have come
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
  return inTurn(read, rest);
}

/**
 * Keeps what `convert` accepts, and counts the rest. Entries are numbered from 1; 0 only mentions a subject.
 * @throws RegistryError REQUEST_INVALID, SIZE_INVALID, UNSUPPORTED for a body of which nothing is to be kept
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
        log.warn({ request_id: requestId, entry: raw.entry }, "an invalid entry is left out");
      }
      valid += rows.length;
      yield rows;
    }
  } catch (error) {
    throw refusal(error);
  }
  // A body of nothing but nonsense is a mistake, and no order to forget everything.
  if (valid === 0 && counts.invalid > 0) {
    throw registryError("REQUEST_INVALID", { message: `none of the ${counts.invalid} entries is valid` });
  }
}
