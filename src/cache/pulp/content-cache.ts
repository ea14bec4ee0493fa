/**
 * Cache of Pulp's replies about content: locations of blobs, manifests by digest and, for a few seconds, manifests by tag.
 * Entries are cached per repository, because a digest in one repository says nothing about another one. Callers have been
 * authorized before they reach this cache.
 */
import { Readable } from "node:stream";
import {
  type BlobRequest,
  type CachedTag,
  type ContentReply,
  type ContentSource,
  hasConditions,
  type ManifestRequest,
  withoutConditions,
} from "../../model/content.ts";
import { isRegistryError } from "../../model/errors.ts";
import type { RepositoryName } from "../../model/names.ts";
import type { Cancellation } from "../../resilience/cancellation.ts";
import { SingleFlight } from "../../resilience/single-flight.ts";
import type { CachePart } from "../bounded-cache.ts";
import { ContentReplies } from "./content-replies.ts";

/** Settings of the content cache: TTLs in seconds, and a bound in bytes. */
export interface CachedContentOptions {
  readonly redirectTtlS: number;
  readonly tagTtlS: number;
  readonly limitBytes: number;
}

/** True for an error that says nothing about the content: Pulp is away, or has too much to do. */
const isUnavailable = (error: unknown): boolean =>
  isRegistryError(error) && (error.output.statusCode >= 500 || error.output.statusCode === 429);

const isShareable = (reply: ContentReply): boolean =>
  reply.kind !== "content" || !(reply.body instanceof Readable);

/** Caches content and coalesces concurrent requests for it. */
export class CachedContent implements ContentSource {
  readonly #source: ContentSource;
  readonly #redirectTtlS: number;
  readonly #tagTtlS: number;
  readonly #replies: ContentReplies;
  readonly #singleFlight = new SingleFlight<ContentReply>();

  constructor(source: ContentSource, { redirectTtlS, tagTtlS, limitBytes }: CachedContentOptions) {
    this.#source = source;
    this.#redirectTtlS = redirectTtlS;
    this.#tagTtlS = tagTtlS;
    this.#replies = new ContentReplies(limitBytes);
  }

  /** Parts of this cache, for operators. */
  get parts(): readonly CachePart[] {
    return [...this.#replies.parts];
  }

  /** Describes the tags of a repository whose manifests are cached. */
  cachedTags(name: RepositoryName): readonly CachedTag[] {
    return [...this.#replies.tagsOf(name)];
  }

  async manifest(request: ManifestRequest): Promise<ContentReply> {
    const { method, name, reference, accept } = request;
    // A reference is a tag or a digest, and no tag holds a colon.
    const byDigest = reference.includes(":");
    // Pulp reads `Accept` for a tag and ignores it for a digest.
    const key = byDigest ? `${name}@${reference}` : `${name}:${reference} ${accept.header}`;
    const cached =
      this.#replies.find(`${method} ${key}`) ??
      (method === "HEAD" ? this.#replies.findFromGet(key) : undefined);
    if (cached !== undefined) return cached;
    const ttlS = byDigest ? this.#redirectTtlS : this.#tagTtlS;
    const fetch = async (cancellation: Cancellation) => {
      const headers = withoutConditions(request.headers);
      try {
        const reply = await this.#source.manifest({ method, name, reference, accept, headers, cancellation });
        return this.#replies.putManifest(`${method} ${key}`, byDigest ? reference : undefined, reply, ttlS);
      } catch (error) {
        const stale = byDigest && isUnavailable(error) ? this.#renew(method, key) : undefined;
        if (stale === undefined) throw error;
        return stale;
      }
    };
    return this.#coalesce(`${method} ${key}`, request.cancellation, fetch);
  }

  #renew(method: string, key: string): ContentReply | undefined {
    return (
      this.#replies.renew(`${method} ${key}`) ??
      (method === "HEAD" ? this.#replies.renewFromGet(key) : undefined)
    );
  }

  async blob(request: BlobRequest): Promise<ContentReply> {
    const { method, name, digest } = request;
    const key = `${method} ${name}/${digest}`;
    const cached = this.#replies.find(key);
    if (cached !== undefined) return cached;
    const { headers } = request;
    // A reply to a range or a condition is for this caller only; a location is for all.
    const isOwn = hasConditions(headers);
    const fetch = async (cancellation: Cancellation) => {
      const reply = await this.#source.blob({ method, name, digest, headers, cancellation });
      if (reply.kind === "redirect") this.#replies.putRedirect(key, reply, this.#redirectTtlS);
      return reply;
    };
    return isOwn ? fetch(request.cancellation) : this.#coalesce(key, request.cancellation, fetch);
  }

  async #coalesce(
    key: string,
    cancellation: Cancellation,
    fetch: (cancellation: Cancellation) => Promise<ContentReply>,
  ): Promise<ContentReply> {
    const { result, first } = await this.#singleFlight.join(
      key,
      (all) => this.#orStoreMissing(key, fetch(all)),
      cancellation,
    );
    return first || isShareable(result) ? result : fetch(cancellation);
  }

  async #orStoreMissing(key: string, reply: Promise<ContentReply>): Promise<ContentReply> {
    try {
      return await reply;
    } catch (error) {
      this.#replies.putMissing(key, error, this.#tagTtlS);
      throw error;
    }
  }
}
