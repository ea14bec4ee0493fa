/**
 * Content fetched through the gateway, where a redirect can't serve: for clients that can't reach the content host, and
 * behind load balancers where the sibling of the host that signed a location refuses it.
 */
import { Readable } from "node:stream";
import type { Report } from "../breaker.ts";
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
import { registryError } from "../errors.ts";
import { type Answer, drop } from "./answer.ts";
import { contentHeaders, newsHeaders } from "./content-headers.ts";
import { insideLocation, type LocationRules } from "./location.ts";
import { LONGEST_ERROR } from "./refusals.ts";
import { Upstream } from "./upstream.ts";

/** What streaming rests on. */
export interface StreamedContentOptions {
  readonly source: ContentSource;
  /** Pulp, for locations that are its own. */
  readonly pulp: Upstream;
  readonly locations: LocationRules;
  /** Transfers at the same time, at the most. */
  readonly limit: number;
  readonly report: Report;
}

/** Milliseconds until an answer of the object storage must begin. */
const STORAGE_TIMEOUT = 60_000;
const STORAGE_CONNECTIONS = 64;

function conditionsOf({ headers }: ContentQuestion): ContentHeaders {
  const out: Record<string, string> = {};
  for (const name of CONDITIONS) {
    const value = headers[name];
    if (value !== undefined) out[name] = value;
  }
  return out;
}

export class StreamedContent implements ContentSource {
  readonly #options: StreamedContentOptions;
  /** One for each origin of an object storage that Pulp has named. */
  readonly #storages = new Map<string, Upstream>();
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

  async close(): Promise<void> {
    await Promise.all([...this.#storages.values()].map((storage) => storage.close()));
  }

  async #follow(answer: ContentAnswer, question: ContentQuestion, digest?: string): Promise<ContentAnswer> {
    if (answer.kind !== "redirect") return answer;
    const { limit } = this.#options;
    if (this.#running >= limit) {
      throw registryError("UNAVAILABLE", {
        message: `${limit} transfers run already, see the setting stream_limit`,
        headers: { "Retry-After": "5" },
      });
    }
    this.#running += 1;
    const end = () => {
      this.#running -= 1;
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
    const { pulp, locations } = this.#options;
    const inside = insideLocation(source, locations);
    if (inside !== undefined) return pulp.ask({ method, path: inside, headers, interest });
    const { origin } = new URL(source);
    // Path and query are signed: they go as they stand, not as a URL would write them.
    const path = source.slice(source.indexOf("/", "https://".length));
    return this.#storage(origin).ask({ method, path, headers, interest });
  }

  #storage(origin: string): Upstream {
    const known = this.#storages.get(origin);
    if (known !== undefined) return known;
    const tls = { ca: undefined, cert: undefined, key: undefined };
    const storage = new Upstream({
      name: "The object storage",
      origin,
      tls,
      timeout: STORAGE_TIMEOUT,
      connections: STORAGE_CONNECTIONS,
      waiting: this.#options.limit,
      report: this.#options.report,
    });
    this.#storages.set(origin, storage);
    return storage;
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
    throw this.#options.pulp.unusable(`names a location that answers ${status}`);
  }
}
