/** Writes a recording in HAR 1.2, without secrets. */
import { closeSync, openSync, writeSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { VERSION } from "../../model/version.ts";
import { OMITTED } from "../recording/har.ts";
import { recordedBody, recordedHeaders } from "./redaction.ts";

/** A request with its reply, to be recorded. */
export interface HarExchange {
  readonly startedAt: Date;
  readonly milliseconds: number;
  readonly method: string;
  readonly url: string;
  readonly requestHeaders: IncomingHttpHeaders;
  /** Undefined for a body that is too long to be recorded. */
  readonly requestBody: string | undefined;
  /** 0 if there was no reply. */
  readonly status: number;
  readonly replyHeaders: IncomingHttpHeaders;
  /** Undefined for a body that is too long to be recorded. */
  readonly replyBody: string | undefined;
}

const HEAD = { version: "1.2", creator: { name: "container-gateway", version: VERSION } };

/** Text of a body without secrets, or that it is missing. `contract check` does not judge a body that is. */
const textOf = (body: string | undefined): object =>
  body === undefined ? { comment: OMITTED } : { text: recordedBody(body) };

function entryOf(exchange: HarExchange): object {
  const { requestHeaders, requestBody, replyHeaders, replyBody } = exchange;
  const type = requestHeaders["content-type"] ?? "";
  const query = [...new URL(exchange.url).searchParams].map(([name, value]) => ({ name, value }));
  const sizes = { headersSize: -1, bodySize: -1 };
  return {
    startedDateTime: exchange.startedAt.toISOString(),
    time: exchange.milliseconds,
    request: {
      method: exchange.method,
      url: exchange.url,
      httpVersion: "HTTP/1.1",
      cookies: [],
      headers: recordedHeaders(requestHeaders),
      queryString: query,
      ...(requestBody === "" ? {} : { postData: { mimeType: type, ...textOf(requestBody) } }),
      ...sizes,
    },
    response: {
      status: exchange.status,
      statusText: "",
      httpVersion: "HTTP/1.1",
      cookies: [],
      headers: recordedHeaders(replyHeaders),
      content: { size: -1, mimeType: replyHeaders["content-type"] ?? "", ...textOf(replyBody) },
      redirectURL: "",
      ...sizes,
    },
    cache: {},
    timings: { send: 0, wait: exchange.milliseconds, receive: 0 },
  };
}

/** An open recording. */
export class HarWriter {
  readonly #descriptor: number;
  #entries = 0;

  /** Creates the file, for its owner only. @throws Error if that fails */
  constructor(file: string) {
    this.#descriptor = openSync(file, "w", 0o600);
    writeSync(this.#descriptor, `{"log":${JSON.stringify(HEAD).slice(0, -1)},"entries":[\n`);
  }

  add(exchange: HarExchange): void {
    const separator = this.#entries === 0 ? "" : ",\n";
    this.#entries += 1;
    writeSync(this.#descriptor, `${separator}${JSON.stringify(entryOf(exchange))}`);
  }

  /** Ends the file. Without it, the recording can't be read. */
  close(): void {
    writeSync(this.#descriptor, "\n]}}\n");
    closeSync(this.#descriptor);
  }
}
