/**
 * Content fetched through the gateway, where a redirect can't serve: for clients that can't reach the content host, and
 * behind load balancers where the sibling of the host that signed a location refuses it.
 */
import { Readable } from "node:stream";
import {
  type BlobQuestion,
  type ContentAnswer,
  type ContentQuestion,
  type ContentSource,
  type ManifestQuestion,
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

  async manifest(question: ManifestQuestion): Promise<ContentAnswer> {
    const { method, name, headers, interest, accept } = question;
    const asked = { method, name, headers: { ...headers, accept: accept.header }, interest };
    return this.#follow(await this.#source.manifest(question), asked);
  }

  async blob(question: BlobQuestion): Promise<ContentAnswer> {
    // Where a blob is doesn't depend on the part that is wanted of it.
    const { method, name, digest, headers, interest } = question;
    const where = { method, name, digest, headers: withoutConditions(headers), interest };
    return this.#follow(await this.#source.blob(where), question, digest);
  }

  async #follow(answer: ContentAnswer, question: ContentQuestion, digest?: string): Promise<ContentAnswer> {
    if (answer.kind !== "redirect") return answer;
    const end = this.#transfers.begin(question.interest);
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
