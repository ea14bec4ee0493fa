/** Sends replies, within limits on buffered bytes and slow clients. */
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import type { Settings } from "../settings/keys.ts";
import { automaticHeaders, type Exchange } from "./exchange.ts";
import { HeldReplies, MIN_COUNTED_BYTES } from "./limits/held-replies.ts";
import { SlowReaders } from "./limits/slow-readers.ts";
import { type AnyReply, partsOf, writeReply } from "./replies.ts";

/** Minimum size of a reply whose client is watched for slow reading. */
const LARGE_REPLY_BYTES = 65_536;

const isLarge = ({ body }: Pick<AnyReply, "body">): boolean => {
  if (body === undefined) return false;
  if (body instanceof Uint8Array) return body.length > LARGE_REPLY_BYTES;
  return body instanceof Readable || partsOf({ body }).some(({ length }) => length > LARGE_REPLY_BYTES);
};

/** Sends the replies of one process. */
export class Sender {
  readonly #held: HeldReplies;
  readonly #slowReaders: SlowReaders;

  constructor({ max_reply_bytes, min_client_rate }: Pick<Settings, "max_reply_bytes" | "min_client_rate">) {
    this.#held = new HeldReplies(max_reply_bytes);
    this.#slowReaders = new SlowReaders(min_client_rate);
  }

  /**
   * Counts the body of a reply against `max_reply_bytes` until it has been sent.
   * @returns a function that releases it; undefined for a reply that is not counted
   * @throws RegistryError UNAVAILABLE if the limit is reached
   */
  hold(reply: AnyReply, { request, address }: Exchange): (() => void) | undefined {
    const { body } = reply;
    if (body === undefined || request.method === "HEAD") return undefined;
    if (body instanceof Uint8Array && body.length < MIN_COUNTED_BYTES) return undefined;
    return this.#held.hold(partsOf(reply), address);
  }

  /** Sends a reply; returns as `writeReply` does. @throws Error as `writeReply` */
  send(reply: AnyReply, exchange: Exchange): Promise<void> | undefined {
    const { request, response } = exchange;
    const target = { response, head: request.method === "HEAD", automatic: automaticHeaders(exchange) };
    const sent = writeReply(reply, target);
    return sent !== undefined && isLarge(reply) ? this.watched(request.socket, sent) : sent;
  }

  /** Closes the connection of a client that reads too slowly, until `sent` has settled. */
  watched(socket: Socket, sent: Promise<void>): Promise<void> {
    return sent.finally(this.#slowReaders.watch(socket));
  }
}
