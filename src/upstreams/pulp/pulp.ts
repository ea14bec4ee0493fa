/** What the gateway asks of Pulp, and what it makes of the answers. */
import {
  type BlobRequest,
  type ContentHeaders,
  type ContentReply,
  type ContentRequest,
  type ContentSource,
  type ManifestRequest,
  withoutConditions,
} from "../../model/content.ts";
import { isRegistryError, registryError } from "../../model/errors.ts";
import { ANY_MANIFEST, kindOf, namesAllKinds } from "../../model/media-types.ts";
import { byBytes, isDigest } from "../../model/names.ts";
import { drop, headerOf, type UpstreamReply } from "../reply.ts";
import type { Upstream } from "../upstream.ts";
import { contentHeaders, manifestHeaders, newsHeaders, redirectHeaders } from "./content-headers.ts";
import { type PulpDocuments, REGISTRY } from "./documents.ts";
import { type LocationRules, outsideLocation, problemOf } from "./location.ts";
import { lifetimeOf } from "./location-lifetime.ts";
import { MAX_ERROR_BYTES, refusalOf } from "./refusals.ts";

const TAGS_PER_PAGE = 1000;
/** A repository of a million tags is refused rather than held in memory. */
const MAX_PAGES = 1000;
const MAX_PAGE_BYTES = 1024 * 1024;

/** Asks Pulp for content, and where it is. */
export class Pulp implements ContentSource {
  readonly #upstream: Upstream;
  readonly #documents: Pick<PulpDocuments, "isThere" | "mediaType">;
  readonly #locations: LocationRules;

  constructor(
    upstream: Upstream,
    documents: Pick<PulpDocuments, "isThere" | "mediaType">,
    locations: LocationRules,
  ) {
    this.#upstream = upstream;
    this.#documents = documents;
    this.#locations = locations;
  }

  async manifest(question: ManifestRequest): Promise<ContentReply> {
    const { method, name, reference, accept, cancellation } = question;
    const asked = { method, name, headers: { ...question.headers, accept: accept.header }, cancellation };
    const digest = isDigest(reference) ? reference : undefined;
    try {
      const path = `${REGISTRY}/v2/${name}/manifests/${reference}`;
      return await this.#content(path, asked, manifestHeaders, digest);
    } catch (error) {
      throw await this.#explained(error, question);
    }
  }

  blob(question: BlobRequest): Promise<ContentReply> {
    const { name, digest } = question;
    return this.#content(`${REGISTRY}/v2/${name}/blobs/${digest}`, question, contentHeaders, digest);
  }

  /** All tags of a repository, in the order of their bytes, which is not always Pulp's. */
  async tags(question: ContentRequest): Promise<string[]> {
    const headers = { ...withoutConditions(question.headers), accept: "application/json" };
    const tags: string[] = [];
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const last = tags.at(-1);
      const after = last === undefined ? "" : `&last=${encodeURIComponent(last)}`;
      const path = `${REGISTRY}/v2/${question.name}/tags/list?n=${TAGS_PER_PAGE}${after}`;
      const answer = await this.#upstream.request({
        method: "GET",
        path,
        headers,
        cancellation: question.cancellation,
      });
      if (answer.status !== 200) throw await refusalOf(this.#upstream, answer);
      const more = this.#parseTags(await this.#upstream.text(answer, MAX_PAGE_BYTES));
      tags.push(...more);
      if (more.length < TAGS_PER_PAGE) return tags.sort(byBytes);
    }
    throw this.#upstream.unusable(`lists more than ${MAX_PAGES * TAGS_PER_PAGE} tags for ${question.name}`);
  }

  /** @throws RegistryError if there is no list of tags */
  tagsAreThere({ name, headers, cancellation }: ContentRequest): Promise<void> {
    return this.#documents.isThere({ path: `/v2/${name}/tags/list`, headers, cancellation });
  }

  /** Whether Pulp's registry answers. */
  reachable(): Promise<boolean> {
    return this.#upstream.reachable(`${REGISTRY}/v2/`);
  }

  /**
   * What is to be said of Pulp to an operator.
   * @throws RegistryError if its registry does not take this gateway for what it is
   */
  async probe(): Promise<string> {
    const path = `${REGISTRY}/v2/`;
    const answer = await this.#upstream.request({
      method: "GET",
      path,
      headers: { accept: "application/json" },
    });
    if (answer.status !== 200) throw await refusalOf(this.#upstream, answer);
    await drop(answer, MAX_ERROR_BYTES);
    return "its registry answers, and takes our certificate";
  }

  /** @param digest the one asked for, which redirects carry down: Pulp's have none */
  async #content(
    path: string,
    question: ContentRequest,
    headersOf: (answer: UpstreamReply) => ContentHeaders,
    digest: string | undefined,
  ): Promise<ContentReply> {
    const { method, headers, cancellation } = question;
    const answer = await this.#upstream.request({ method, path, headers, cancellation });
    const { status, body } = answer;
    if (status >= 200 && status < 300) return { kind: "content", status, headers: headersOf(answer), body };
    if (status === 304) {
      await drop(answer, MAX_ERROR_BYTES);
      return { kind: "unchanged", headers: newsHeaders(answer) };
    }
    if (status === 302 || status === 307) return this.#redirect(answer, digest);
    throw await refusalOf(this.#upstream, answer);
  }

  async #redirect(answer: UpstreamReply, digest: string | undefined): Promise<ContentReply> {
    await drop(answer, MAX_ERROR_BYTES);
    const told = headerOf(answer, "location") ?? "";
    const location = outsideLocation(told, this.#locations);
    if (location === undefined) throw this.#upstream.unusable(problemOf(told));
    return {
      kind: "redirect",
      status: answer.status,
      headers: {
        ...(digest === undefined ? {} : { "Docker-Content-Digest": digest }),
        ...redirectHeaders(answer),
        Location: location,
      },
      source: told,
      lifetime: lifetimeOf(location, headerOf(answer, "date")),
    };
  }

  /** The error for a tag that Pulp has, but no manifest of its that `Accept` allows, names the kind of what it has. */
  async #explained(error: unknown, question: ManifestRequest): Promise<unknown> {
    const { method, name, reference, accept, cancellation } = question;
    if (!isRegistryError(error) || error.data?.code !== "MANIFEST_UNKNOWN") return error;
    // The answer to a HEAD says nothing more than its status.
    if (method === "HEAD" || isDigest(reference) || namesAllKinds(accept.header)) return error;
    const path = `/v2/${name}/manifests/${reference}`;
    const headers = { ...withoutConditions(question.headers), accept: ANY_MANIFEST };
    const found = await this.#documents.mediaType({ path, headers, cancellation }).catch(() => undefined);
    if (found === undefined) return error;
    const message = `${kindOf(found)} found, but the Accept header does not allow it`;
    return registryError("MANIFEST_UNKNOWN", { message, detail: error.data.detail });
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
