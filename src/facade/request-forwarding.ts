/** Requests that the façade passes on to the Smart Proxy. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { request as httpsRequest } from "node:https";
import { pipeline } from "node:stream/promises";
import { errorCode } from "../model/error-text.ts";
import { amendmentOf, pathOf, sendAmended } from "./amended-reply.ts";
import type { FacadeCaller } from "./callers.ts";
import { amendmentFor } from "./features.ts";
import { replyFields, requestFields } from "./message-headers.ts";
import { AWAY, sendRefusal, TOO_MANY } from "./refusals.ts";
import type { SmartProxy } from "./smart-proxy.ts";

/** Methods of requests that may be sent again (RFC 9110 section 9.2.2), if they have no body. */
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || headers["content-length"] !== undefined;

/** Passes requests on, with at most `maxPending` at a time. Trusted hosts have half of them to themselves. */
export class Forwarding {
  readonly #smartProxy: SmartProxy;
  readonly #maxPending: number;
  readonly #pending = { trusted: 0, others: 0 };

  constructor(smartProxy: SmartProxy, maxPending: number) {
    this.#smartProxy = smartProxy;
    this.#maxPending = maxPending;
  }

  /** Passes a request on, and its reply back. Resolves when the reply has been sent or the caller has disconnected. */
  async forward(request: IncomingMessage, response: ServerResponse, caller: FacadeCaller): Promise<void> {
    const share = caller.isTrusted ? "trusted" : "others";
    if (this.#pending[share] >= Math.ceil(this.#maxPending / 2))
      return sendRefusal(request, response, TOO_MANY);
    this.#pending[share] += 1;
    try {
      await this.#attempt(request, response, caller);
    } finally {
      this.#pending[share] -= 1;
    }
  }

  async #attempt(request: IncomingMessage, response: ServerResponse, caller: FacadeCaller): Promise<void> {
    const attempt = this.#smartProxy.breaker.enter();
    if (attempt === undefined) return sendRefusal(request, response, AWAY);
    try {
      const reply = await this.#send(request, response, caller);
      attempt.end("success");
      await this.#passBack(request, reply, response, caller);
    } catch (error) {
      attempt.end(response.destroyed ? "unknown" : "failure", error);
      if (response.headersSent || response.destroyed) response.destroy();
      else sendRefusal(request, response, AWAY);
    }
  }

  /** Sends the request, again if a kept connection turns out to be closed; resolves to the head of the reply. */
  async #send(
    request: IncomingMessage,
    response: ServerResponse,
    caller: FacadeCaller,
  ): Promise<IncomingMessage> {
    const isRepeatable = REPEATABLE.has(request.method ?? "") && !hasBody(request);
    for (;;) {
      const outgoing = this.#open(request, caller);
      const isDone = () => outgoing.destroy();
      response.once("close", isDone);
      try {
        const replied = new Promise<IncomingMessage>((resolve, reject) => {
          outgoing.once("response", resolve);
          outgoing.once("error", reject);
        });
        if (hasBody(request)) pipeline(request, outgoing).catch(() => undefined);
        else outgoing.end();
        const reply = await replied;
        outgoing.on("error", () => undefined);
        return reply;
      } catch (error) {
        response.off("close", isDone);
        const isStale = outgoing.reusedSocket && ["ECONNRESET", "EPIPE"].includes(errorCode(error));
        if (!isStale || !isRepeatable || response.destroyed) throw error;
      }
    }
  }

  #open(request: IncomingMessage, { isTrusted }: FacadeCaller) {
    const { url, headers } = request;
    const method = amendmentFor(request.method, pathOf(request)) === undefined ? request.method : "GET";
    const outgoing = httpsRequest({
      agent: this.#smartProxy.agent(isTrusted),
      path: url,
      ...(method === undefined ? {} : { method }),
      setHost: false,
      headers: requestFields(request.rawHeaders),
    });
    // The Smart Proxy passes this field on to Foreman. Connections are kept without it.
    outgoing.removeHeader("connection");
    // A body without a length is an error of the caller, which the Smart Proxy reports.
    if (!hasBody(request))
      for (const name of ["transfer-encoding", "content-length"]) outgoing.removeHeader(name);
    else if (headers["transfer-encoding"] !== undefined) outgoing.useChunkedEncodingByDefault = true;
    return outgoing;
  }

  async #passBack(
    request: IncomingMessage,
    reply: IncomingMessage,
    response: ServerResponse,
    caller: FacadeCaller,
  ): Promise<void> {
    const fields = replyFields(reply.rawHeaders);
    response.sendDate = false;
    const amend = amendmentOf(request, reply, caller);
    if (amend !== undefined) return sendAmended(request, reply, response, { fields, amend });
    response.writeHead(reply.statusCode ?? 502, reply.statusMessage, fields);
    await pipeline(reply, response);
  }
}
