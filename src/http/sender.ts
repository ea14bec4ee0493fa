/** Sends replies to their readers, who may neither be too slow nor let too much wait for them. */
import { Readable } from "node:stream";
import { automaticHeaders, type Exchange } from "./exchange.ts";
import { HeldReplies, SMALLEST_HELD_BYTES } from "./limits/held-replies.ts";
import { SlowReaders } from "./limits/slow-readers.ts";
import { type AnyReply, partsOf, writeReply } from "./replies.ts";

/** What readers may take of each process. */
export interface ReplyBounds {
  /** Bytes of long replies that wait for them, in all. */
  readonly maxBytes: number;
  /** Bytes a second that a reader must take. */
  readonly minRate: number;
}

/** Bytes of a reply whose reader may take long. */
const LONG_BYTES = 65_536;

const isLong = ({ body }: Pick<AnyReply, "body">): boolean => {
  if (body === undefined) return false;
  if (body instanceof Uint8Array) return body.length > LONG_BYTES;
  return body instanceof Readable || partsOf({ body }).some(({ length }) => length > LONG_BYTES);
};

/** The replies of one process. */
export class Sender {
  readonly #held: HeldReplies;
  readonly #slowReaders: SlowReaders;

  constructor({ maxBytes, minRate }: ReplyBounds) {
    this.#held = new HeldReplies(maxBytes);
    this.#slowReaders = new SlowReaders(minRate);
  }

  /**
   * Holds the body of a reply until it is out.
   * @returns what lets it go, if there is anything to hold
   * @throws RegistryError UNAVAILABLE if there is no room for it
   */
  hold(reply: AnyReply, { request, address }: Exchange): (() => void) | undefined {
    const { body } = reply;
    if (body === undefined || request.method === "HEAD") return undefined;
    if (body instanceof Uint8Array && body.length < SMALLEST_HELD_BYTES) return undefined;
    return this.#held.hold(partsOf(reply), address);
  }

  /** @throws Error as `writeReply` */
  send(reply: AnyReply, exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const target = { response, head: request.method === "HEAD", automatic: automaticHeaders(exchange) };
    if (!isLong(reply)) return writeReply(reply, target);
    const end = this.#slowReaders.watch(request.socket);
    return writeReply(reply, target).finally(end);
  }
}
