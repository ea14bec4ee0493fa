/** An answer as it comes in: a short one whole, a longer one as a stream, read at the pace of whoever takes it. */
import { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { Cancelled } from "../resilience/cancellation.ts";
import type { UpstreamReply } from "./reply.ts";

/** Bytes of an answer that is read whole, if its length is told beforehand. */
const MAX_WHOLE_BYTES = 256 * 1024;
/** Bytes of a stream that wait for whoever reads it. */
const BUFFER_BYTES = 64 * 1024;

type Head = Omit<UpstreamReply, "body">;
type Controller = Dispatcher.DispatchController;

function streamOf(controller: Controller): Readable {
  const stream = new Readable({
    highWaterMark: BUFFER_BYTES,
    read: () => controller.resume(),
    destroy(error, done) {
      if (!this.readableEnded) controller.abort(error ?? new Cancelled("nobody reads on"));
      done(error);
    },
  });
  // A body that breaks off before anyone reads it must not end the process; who reads it sees it all the same.
  return stream.on("error", () => undefined);
}

/** What undici tells of one question's answer. */
export class IncomingReply implements Dispatcher.DispatchHandler {
  /** There when its body is, or can be read. */
  readonly answer: Promise<UpstreamReply>;
  readonly #isHead: boolean;
  readonly #chunks: Buffer[] = [];
  #resolve: (answer: UpstreamReply) => void = () => undefined;
  #reject: (reason: Error) => void = () => undefined;
  #controller: Controller | undefined;
  #head: Head | undefined;
  #stream: Readable | undefined;
  #reason: Error | undefined;

  constructor(method: "GET" | "HEAD") {
    this.#isHead = method === "HEAD";
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Whether the other side has said anything. */
  get begun(): boolean {
    return this.#head !== undefined;
  }

  /** Ends it, wherever it is. */
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
    // Of an answer that is still to come.
    if (status < 200) return;
    this.#head = { status, headers };
    if (this.#isHead || Number(headers["content-length"] ?? Number.NaN) <= MAX_WHOLE_BYTES) return;
    this.#stream = streamOf(controller);
    this.#resolve({ ...this.#head, body: this.#stream });
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#stream === undefined) this.#chunks.push(chunk);
    else if (!this.#stream.push(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#stream !== undefined) this.#stream.push(null);
    // Always a copy: a piece may be part of a much larger buffer.
    else if (this.#head !== undefined) this.#resolve({ ...this.#head, body: Buffer.concat(this.#chunks) });
  }

  onResponseError(_: unknown, error: Error): void {
    this.#reject(error);
    this.#stream?.destroy(error);
  }
}
