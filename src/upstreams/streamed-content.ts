/**
 * Content fetched through the gateway, where a redirect can't serve: for clients that can't reach the content host, and
 * behind load balancers where the sibling of the host that signed a location refuses it.
 */
import { Readable } from "node:stream";
import {
  type BlobQuestion,
  CONDITIONS,
  type ContentAnswer,
  type ContentHeaders,
  type ContentQuestion,
  type ContentSource,
  type ManifestQuestion,
  type Redirected,
  withoutConditions,
} from "../content.ts";
import { registryError, unavailable } from "../errors.ts";
import { type Answer, drop, headerOf } from "./answer.ts";
import { contentHeaders, newsHeaders } from "./content-headers.ts";
import type { ContentHosts } from "./content-hosts.ts";
import { LONGEST_ERROR, SOON } from "./refusals.ts";

/** What streaming rests on. */
export interface StreamedContentOptions {
  readonly source: ContentSource;
  readonly hosts: Pick<ContentHosts, "ask">;
  /** Transfers at the same time, at the most. */
  readonly limit: number;
}

function conditionsOf({ headers }: ContentQuestion): ContentHeaders {
  const out: Record<string, string> = {};
  for (const name of CONDITIONS) {
    const value = headers[name];
    if (value !== undefined) out[name] = value;
  }
  return out;
}

/** Content itself, where its source only says where it is. */
export class StreamedContent implements ContentSource {
  readonly #options: StreamedContentOptions;
  #running = 0;

  constructor(options: StreamedContentOptions) {
    this.#options = options;
  }

  async manifest(question: ManifestQuestion): Promise<ContentAnswer> {
    return this.#follow(await this.#options.source.manifest(question), question);
  }

  async blob(question: BlobQuestion): Promise<ContentAnswer> {
    // Where a blob is doesn't depend on the part that is wanted of it.
    const { method, name, digest, headers, interest } = question;
    const where = { method, name, digest, headers: withoutConditions(headers), interest };
    return this.#follow(await this.#options.source.blob(where), question, digest);
  }

  async #follow(answer: ContentAnswer, question: ContentQuestion, digest?: string): Promise<ContentAnswer> {
    if (answer.kind !== "redirect") return answer;
    const { limit } = this.#options;
    if (this.#running >= limit) {
      throw unavailable(`${limit} transfers run already, see the setting stream_limit`, 5);
    }
    this.#running += 1;
    let runs = true;
    const end = () => {
      if (runs) this.#running -= 1;
      runs = false;
    };
    try {
      const fetched = await this.#fetch(answer, question);
      if (fetched.body instanceof Readable) fetched.body.once("close", end);
      else end();
      return await this.#pass(fetched, digest);
    } catch (error) {
      end();
      throw error;
    }
  }

  #fetch({ source }: Redirected, question: ContentQuestion): Promise<Answer> {
    const { method, interest } = question;
    const { accept } = question.headers;
    const headers = {
      ...conditionsOf(question),
      ...(accept === undefined ? {} : { accept }),
      "accept-encoding": "identity",
    };
    return this.#options.hosts.ask({ method, location: source, headers, interest });
  }

  async #pass(fetched: Answer, digest: string | undefined): Promise<ContentAnswer> {
    const { status, body } = fetched;
    const headers = {
      ...(digest === undefined ? {} : { "Docker-Content-Digest": digest }),
      ...contentHeaders(fetched),
    };
    if (status === 200 || status === 206) return { kind: "content", status, headers, body };
    await drop(fetched, LONGEST_ERROR);
    if (status === 304) return { kind: "unchanged", headers: newsHeaders(fetched) };
    if (status === 404) throw registryError("BLOB_UNKNOWN");
    if (status === 416) throw registryError("RANGE_INVALID");
    const retryAfter = headerOf(fetched, "retry-after") ?? SOON;
    if (status === 429 || status === 503 || status === 504) {
      throw registryError(status === 429 ? "TOOMANYREQUESTS" : "UNAVAILABLE", {
        status,
        message: "the content can't be had now where Pulp says that it is",
        headers: { "Retry-After": retryAfter },
      });
    }
    throw registryError("UNAVAILABLE", {
      status: 502,
      message: "the content can't be had where Pulp says that it is",
      cause: new Error(`the location answers ${status}`),
    });
  }
}
