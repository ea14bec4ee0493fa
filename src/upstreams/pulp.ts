/** What the gateway asks of Pulp, and what it makes of the answers. */
import type { ContentAnswer, ContentHeaders, ContentQuestion } from "../content.ts";
import { type ErrorHeaders, type RegistryError, registryError } from "../errors.ts";
import { ERROR_CODES, type ErrorCode } from "../generated/error-codes.ts";
import type { Digest, Reference } from "../names.ts";
import { type LocationRules, outsideLocation } from "./location.ts";
import { type Answer, headerOf, type Upstream } from "./upstream.ts";

const DOWN = [
  ["content-type", "Content-Type"],
  ["content-length", "Content-Length"],
  ["content-range", "Content-Range"],
  ["accept-ranges", "Accept-Ranges"],
  ["docker-content-digest", "Docker-Content-Digest"],
  ["etag", "ETag"],
  ["last-modified", "Last-Modified"],
] as const;

/** What goes down without the content itself. */
const ABOUT = [
  ["docker-content-digest", "Docker-Content-Digest"],
  ["etag", "ETag"],
] as const;

const BASE = "/pulpcore_registry";
const TAGS_PER_PAGE = 1000;
/** A repository of a million tags is refused rather than held in memory. */
const MOST_PAGES = 1000;
const LONGEST_ERROR = 65_536;
const LONGEST_PAGE = 1024 * 1024;

/** What a status without a usable body means. */
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: "REQUEST_INVALID",
  404: "NAME_UNKNOWN",
  406: "UNSUPPORTED",
  416: "RANGE_INVALID",
  429: "TOOMANYREQUESTS",
};

function contentHeaders(
  answer: Answer,
  names: readonly (readonly [string, string])[] = DOWN,
): ContentHeaders {
  const headers: Record<string, string> = {};
  for (const [from, to] of names) {
    const value = headerOf(answer, from);
    if (value !== undefined) headers[to] = value;
  }
  return headers;
}

const isErrorCode = (code: unknown): code is ErrorCode => ERROR_CODES.some((known) => known === code);

/** The first error of a registry's error body, if it is one. */
function parseError(text: string): { code: ErrorCode; message: string; detail: unknown } | undefined {
  try {
    const [error] = JSON.parse(text).errors;
    const { code, message, detail } = error;
    return isErrorCode(code) && typeof message === "string" ? { code, message, detail } : undefined;
  } catch {
    return undefined;
  }
}

export class Pulp {
  readonly #upstream: Upstream;
  readonly #locations: LocationRules;

  constructor(upstream: Upstream, locations: LocationRules) {
    this.#upstream = upstream;
    this.#locations = locations;
  }

  manifest(question: ContentQuestion & { readonly reference: Reference }): Promise<ContentAnswer> {
    return this.#content(`${BASE}/v2/${question.name}/manifests/${question.reference}`, question);
  }

  blob(question: ContentQuestion & { readonly digest: Digest }): Promise<ContentAnswer> {
    return this.#content(`${BASE}/v2/${question.name}/blobs/${question.digest}`, question);
  }

  /** All tags of a repository, in the order of their bytes, which is not always Pulp's. */
  async tags(question: ContentQuestion): Promise<string[]> {
    const headers = { ...question.headers, accept: "application/json" };
    const tags: string[] = [];
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const last = tags.at(-1);
      const after = last === undefined ? "" : `&last=${encodeURIComponent(last)}`;
      const path = `${BASE}/v2/${question.name}/tags/list?n=${TAGS_PER_PAGE}${after}`;
      const answer = await this.#upstream.ask({ ...question, method: "GET", path, headers });
      if (answer.status !== 200) throw await this.#refusal(answer);
      const more = this.#parseTags(await this.#upstream.text(answer, LONGEST_PAGE));
      tags.push(...more);
      if (more.length < TAGS_PER_PAGE)
        return tags.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }
    throw this.#upstream.unusable(`lists more than ${MOST_PAGES * TAGS_PER_PAGE} tags for ${question.name}`);
  }

  /** Whether Pulp's registry answers. */
  reachable(): Promise<boolean> {
    return this.#upstream.reachable(`${BASE}/v2/`);
  }

  /**
   * What is to be said of Pulp to an operator.
   * @throws RegistryError if its registry does not take this gateway for what it is
   */
  async greet(): Promise<string> {
    const path = `${BASE}/v2/`;
    const answer = await this.#upstream.ask({ method: "GET", path, headers: { accept: "application/json" } });
    if (answer.status !== 200) throw await this.#refusal(answer);
    await answer.body.dump({ limit: LONGEST_ERROR });
    return "its registry answers, and takes our certificate";
  }

  async #content(path: string, question: ContentQuestion): Promise<ContentAnswer> {
    const answer = await this.#upstream.ask({ ...question, path });
    const { status, body } = answer;
    if (status >= 200 && status < 300)
      return { kind: "content", status, headers: contentHeaders(answer), body };
    if (status === 304) {
      await body.dump({ limit: LONGEST_ERROR });
      return { kind: "unchanged", headers: contentHeaders(answer, ABOUT) };
    }
    if (status === 302 || status === 307) return this.#redirect(answer);
    throw await this.#refusal(answer);
  }

  async #redirect(answer: Answer): Promise<ContentAnswer> {
    await answer.body.dump({ limit: LONGEST_ERROR });
    const told = headerOf(answer, "location") ?? "";
    const location = outsideLocation(told, this.#locations);
    if (location === undefined) throw this.#upstream.unusable("redirects without a usable Location");
    return {
      kind: "redirect",
      status: answer.status,
      headers: contentHeaders(answer, ABOUT.slice(0, 1)),
      location,
    };
  }

  /** Pulp's errors go down as they are; a refused certificate is this gateway's fault and not the caller's. */
  async #refusal(answer: Answer): Promise<RegistryError> {
    const { status } = answer;
    const retryAfter = headerOf(answer, "retry-after");
    const text = await this.#upstream.text(answer, LONGEST_ERROR);
    if (status === 401 || status === 403) {
      return this.#upstream.unusable(
        `answers ${status}: it does not accept the certificate of pulp_client_ssl_cert`,
      );
    }
    const headers: ErrorHeaders = retryAfter === undefined ? {} : { "Retry-After": retryAfter };
    const told = parseError(text);
    if (told !== undefined) return registryError(told.code, { ...told, status, headers });
    const code = BY_STATUS[status];
    if (code !== undefined) return registryError(code, { status, headers });
    return status >= 502 && status <= 504
      ? registryError("UNAVAILABLE", { status, message: "Pulp is unavailable", headers })
      : this.#upstream.unusable(`answers ${status}`);
  }

  #parseTags(text: string): string[] {
    try {
      const { tags }: { tags: unknown } = JSON.parse(text);
      if (Array.isArray(tags) && tags.every((tag) => typeof tag === "string")) return tags;
    } catch {
      // said below
    }
    throw this.#upstream.unusable("answers tags/list with something else than a list of tags");
  }
}
