/**
 * Content fetched through the gateway, where a redirect can't serve: for clients that can't reach the content host, and
 * behind load balancers where the sibling of the host that signed a location refuses it.
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

/** Content itself, where its source only says where it is. */
export class StreamedContent implements ContentSource {
  readonly #source: ContentSource;
  readonly #transfers: Transfers;

  constructor(source: ContentSource, transfers: Transfers) {
    this.#source = source;
    this.#transfers = transfers;
  }

  async manifest(question: ManifestRequest): Promise<ContentReply> {
    const { method, name, headers, cancellation, accept } = question;
    const asked = { method, name, headers: { ...headers, accept: accept.header }, cancellation };
    return this.#follow(await this.#source.manifest(question), asked);
  }

  async blob(question: BlobRequest): Promise<ContentReply> {
    // Where a blob is doesn't depend on the part that is wanted of it.
    const { method, name, digest, headers, cancellation } = question;
    const where = { method, name, digest, headers: withoutConditions(headers), cancellation };
    return this.#follow(await this.#source.blob(where), question, digest);
  }

  async #follow(answer: ContentReply, question: ContentRequest, digest?: string): Promise<ContentReply> {
    if (answer.kind !== "redirect") return answer;
    const end = this.#transfers.begin(question.cancellation);
    try {
      const fetched = await this.#transfers.fetch(answer, question);
      if (fetched.body instanceof Readable) fetched.body.once("close", end);
      else end();
      return await contentOf(fetched, digest);
    } catch (error) {
      end();
      throw error;
    }
  }
}
