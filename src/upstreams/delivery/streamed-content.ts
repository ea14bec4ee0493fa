/**
 * Content streamed through the gateway instead of a redirect: for clients that can't reach the content host, and behind load
 * balancers where another node than the one that signed a location may receive the request and refuse it.
 */
import { Readable } from "node:stream";
import {
  type BlobRequest,
  type ContentReply,
  type ContentRequest,
  type ContentSource,
  type ManifestRequest,
  withoutConditions,
} from "../../model/content.ts";
import { contentOf, type Transfers } from "./transfers.ts";

/** Follows redirects of its source, and returns the content itself. */
export class StreamedContent implements ContentSource {
  readonly #source: ContentSource;
  readonly #transfers: Transfers;

  constructor(source: ContentSource, transfers: Transfers) {
    this.#source = source;
    this.#transfers = transfers;
  }

  async manifest(request: ManifestRequest): Promise<ContentReply> {
    const { method, name, headers, cancellation, accept } = request;
    const content = { method, name, headers: { ...headers, accept: accept.header }, cancellation };
    return this.#follow(await this.#source.manifest(request), content);
  }

  async blob(request: BlobRequest): Promise<ContentReply> {
    // The location of a blob does not depend on the requested range, so it can be cached.
    const { method, name, digest, headers, cancellation } = request;
    const unconditional = { method, name, digest, headers: withoutConditions(headers), cancellation };
    return this.#follow(await this.#source.blob(unconditional), request, digest);
  }

  async #follow(reply: ContentReply, request: ContentRequest, digest?: string): Promise<ContentReply> {
    if (reply.kind !== "redirect") return reply;
    const end = this.#transfers.begin(request.cancellation);
    try {
      const fetched = await this.#transfers.fetch(reply, request);
      if (fetched.body instanceof Readable) fetched.body.once("close", end);
      else end();
      return await contentOf(fetched, digest);
    } catch (error) {
      end();
      throw error;
    }
  }
}
