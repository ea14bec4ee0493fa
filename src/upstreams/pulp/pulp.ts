/** Client of Pulp's registry API. */
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
import { byBytes, isDigest, isForeignDigest } from "../../model/names.ts";
import { drop, headerOf, type ProbeReply, type UpstreamReply } from "../reply.ts";
import type { Upstream } from "../upstream.ts";
import { contentHeaders, manifestHeaders, redirectHeaders, unchangedHeaders } from "./content-headers.ts";
import { type PulpDocuments, REGISTRY } from "./documents.ts";
import { lifetimeOf } from "./location-lifetime.ts";
import { type LocationRules, outsideLocation, problemOf } from "./redirect-target.ts";
import { errorOf, MAX_ERROR_BYTES } from "./refusals.ts";

const TAGS_PER_PAGE = 1000;
/** Bound on the list of tags, so that it fits into memory. */
const MAX_PAGES = 1000;
const MAX_PAGE_BYTES = 1024 * 1024;

/** Fetches content, or its location, from Pulp, which has no digests of other algorithms and is not asked about them. */
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

  async manifest(request: ManifestRequest): Promise<ContentReply> {
    const { method, name, reference, accept, cancellation } = request;
    if (isForeignDigest(reference)) throw registryError("MANIFEST_UNKNOWN", { detail: { reference } });
    const content = { method, name, headers: { ...request.headers, accept: accept.header }, cancellation };
    const digest = isDigest(reference) ? reference : undefined;
    try {
      const path = `${REGISTRY}/v2/${name}/manifests/${reference}`;
      return await this.#content(path, content, manifestHeaders, digest);
    } catch (error) {
      throw await this.#explain(error, request);
    }
  }

  async blob(request: BlobRequest): Promise<ContentReply> {
    const { name, digest } = request;
    if (isForeignDigest(digest)) throw registryError("BLOB_UNKNOWN", { detail: { digest } });
    return this.#content(`${REGISTRY}/v2/${name}/blobs/${digest}`, request, contentHeaders, digest);
  }

  /** Lists all tags of a repository in byte order, in which Pulp does not always send them. */
  async tags(request: ContentRequest): Promise<string[]> {
    const headers = { ...withoutConditions(request.headers), accept: "application/json" };
    const tags: string[] = [];
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const last = tags.at(-1);
      const after = last === undefined ? "" : `&last=${encodeURIComponent(last)}`;
      const path = `${REGISTRY}/v2/${request.name}/tags/list?n=${TAGS_PER_PAGE}${after}`;
      const reply = await this.#upstream.request({
        method: "GET",
        path,
        headers,
        cancellation: request.cancellation,
      });
      if (reply.status !== 200) throw await errorOf(this.#upstream, reply);
      const more = this.#parseTags(await this.#upstream.text(reply, MAX_PAGE_BYTES));
      tags.push(...more);
      if (more.length < TAGS_PER_PAGE) return tags.sort(byBytes);
    }
    throw this.#upstream.unusable(`lists more than ${MAX_PAGES * TAGS_PER_PAGE} tags for ${request.name}`);
  }

  /** Checks that the list of tags exists. @throws RegistryError if not */
  tagsAreThere({ name, headers, cancellation }: ContentRequest): Promise<void> {
    return this.#documents.isThere({ path: `/v2/${name}/tags/list`, headers, cancellation });
  }

  /** Resolves to true if Pulp's registry replies. */
  reachable(): Promise<boolean> {
    return this.#upstream.reachable(`${REGISTRY}/v2/`);
  }

  /** Sends a test request. @throws RegistryError if Pulp sends no reply */
  async probe(): Promise<ProbeReply> {
    const headers = { accept: "application/json" };
    const reply = await this.#upstream.request({ method: "GET", path: `${REGISTRY}/v2/`, headers });
    await drop(reply, MAX_ERROR_BYTES);
    const { status } = reply;
    const isRegistry = headerOf(reply, "docker-distribution-api-version") !== undefined;
    return { status, date: headerOf(reply, "date"), isRegistry };
  }

  /** @param digest requested digest, which the gateway adds to redirects because Pulp does not */
  async #content(
    path: string,
    request: ContentRequest,
    headersOf: (reply: UpstreamReply) => ContentHeaders,
    digest: string | undefined,
  ): Promise<ContentReply> {
    const { method, headers, cancellation } = request;
    const reply = await this.#upstream.request({ method, path, headers, cancellation });
    const { status, body } = reply;
    if (status >= 200 && status < 300) return { kind: "content", status, headers: headersOf(reply), body };
    if (status === 304) {
      await drop(reply, MAX_ERROR_BYTES);
      return { kind: "unchanged", headers: unchangedHeaders(reply) };
    }
    if (status === 302 || status === 307) return this.#redirect(reply, digest);
    throw await errorOf(this.#upstream, reply);
  }

  async #redirect(reply: UpstreamReply, digest: string | undefined): Promise<ContentReply> {
    await drop(reply, MAX_ERROR_BYTES);
    const source = headerOf(reply, "location") ?? "";
    const location = outsideLocation(source, this.#locations);
    if (location === undefined) throw this.#upstream.unusable(problemOf(source));
    return {
      kind: "redirect",
      status: reply.status,
      headers: {
        ...(digest === undefined ? {} : { "Docker-Content-Digest": digest }),
        ...redirectHeaders(reply),
        Location: location,
      },
      source,
      lifetime: lifetimeOf(location, headerOf(reply, "date")),
    };
  }

  /** Adds the kind of the manifest to the error for a tag whose manifest `Accept` does not allow. */
  async #explain(error: unknown, request: ManifestRequest): Promise<unknown> {
    const { method, name, reference, accept, cancellation } = request;
    if (!isRegistryError(error) || error.data?.code !== "MANIFEST_UNKNOWN") return error;
    // A reply to HEAD has no body for the explanation.
    if (method === "HEAD" || isDigest(reference) || namesAllKinds(accept.header)) return error;
    const path = `/v2/${name}/manifests/${reference}`;
    const headers = { ...withoutConditions(request.headers), accept: ANY_MANIFEST };
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
      // reported below
    }
    throw this.#upstream.unusable("does not reply to tags/list with a list of tags");
  }
}
