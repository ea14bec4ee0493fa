/** An incoming reply: a short body is buffered, a longer one is a stream with backpressure. */
import { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { Cancelled } from "../resilience/cancellation.ts";
import type { UpstreamReply } from "./reply.ts";
import type { StreamObserver } from "./upstream-options.ts";

/** Maximum `Content-Length` of a body that is buffered. */
const MAX_WHOLE_BYTES = 256 * 1024;
/** High-water mark of a stream. */
const BUFFER_BYTES = 64 * 1024;

type Head = Omit<UpstreamReply, "body">;
type Controller = Dispatcher.DispatchController;

function streamOf(controller: Controller): Readable {
  const stream = new Readable({
    highWaterMark: BUFFER_BYTES,
    read: () => controller.resume(),
    destroy(error, done) {
      if (!this.readableEnded) controller.abort(error ?? new Cancelled("the stream was closed"));
      done(error);
    },
  });
  // An error before anyone reads the stream must not end the process. A later reader gets it all the same.
  return stream.on("error", () => undefined);
}

/** Collects one reply from undici's events. */
export class IncomingReply implements Dispatcher.DispatchHandler {
  /** Resolves when the body is complete, or can be read as a stream. */
  readonly reply: Promise<UpstreamReply>;
  readonly #isHead: boolean;
  readonly #onStreamed: StreamObserver | undefined;
  readonly #chunks: Buffer[] = [];
  #resolve: (reply: UpstreamReply) => void = () => undefined;
  #reject: (reason: Error) => void = () => undefined;
  #controller: Controller | undefined;
  #head: Head | undefined;
  #stream: Readable | undefined;
  #streamedBytes = 0;
  #reason: Error | undefined;

  constructor(method: "GET" | "HEAD", onStreamed?: StreamObserver) {
    this.#isHead = method === "HEAD";
    this.#onStreamed = onStreamed;
    this.reply = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** True once the headers have arrived. */
  get begun(): boolean {
    return this.#head !== undefined;
  }

  /** Aborts the request, at any stage. */
  abort(reason: Error): void {
    this.#reason = reason;
    this.#reject(reason);
    this.#stream?.destroy(reason);
    this.#controller?.abort(reason);
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (this.#reason !== undefined) controller.abort(this.#reason);
  }

  onResponseStart(controller: Controller, status: number, headers: UpstreamReply["headers"]): void {
    // An informational response, which precedes the actual one.
    if (status < 200) return;
    this.#head = { status, headers };
    if (this.#isHead || Number(headers["content-length"] ?? Number.NaN) <= MAX_WHOLE_BYTES) return;
    this.#stream = streamOf(controller);
    this.#resolve({ ...this.#head, body: this.#stream });
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#stream === undefined) {
      this.#chunks.push(chunk);
      return;
    }
    this.#streamedBytes += chunk.length;
    this.#onStreamed?.(chunk.length, this.#streamedBytes);
    if (!this.#stream.push(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#stream !== undefined) this.#stream.push(null);
    // Always a copy, because a chunk may be a view of a much larger buffer.
    else if (this.#head !== undefined) this.#resolve({ ...this.#head, body: Buffer.concat(this.#chunks) });
  }

  onResponseError(_: unknown, error: Error): void {
    this.#reject(error);
    this.#stream?.destroy(error);
  }
}
