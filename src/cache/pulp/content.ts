/**
 * Cache of Pulp's replies about content: locations of blobs, manifests by digest and, for a few seconds, manifests by tag.
 * Entries are cached per repository, because a digest in one repository says nothing about another one. Callers have been
 * authorized before they reach this cache.
 */
import { hash } from "node:crypto";
import { Readable } from "node:stream";
import type { ErrorCode } from "../../generated/error-codes.ts";
import {
  type BlobRequest,
  type ContentHeaders,
  type ContentReply,
  type ContentSource,
  type Delivered,
  hasConditions,
  type ManifestRequest,
  type Redirected,
  withoutConditions,
} from "../../model/content.ts";
import { type ErrorOptions, isRegistryError, registryError } from "../../model/errors.ts";
import { isDigest } from "../../model/names.ts";
import type { Cancellation } from "../../resilience/cancellation.ts";
import { SingleFlight } from "../../resilience/single-flight.ts";
import { BoundedCache } from "../bounded-cache.ts";

/** Settings of the content cache: TTLs in seconds, and a bound in bytes. */
export interface CachedContentOptions {
  readonly redirectTtlS: number;
  readonly tagTtlS: number;
  readonly limitBytes: number;
}

/** A manifest, shared by all repositories that have it. */
interface Manifest {
  readonly headers: ContentHeaders;
  readonly body: Uint8Array;
}

/** A cached 404: all that a client sees of the error, without its stack. */
interface Missing extends ErrorOptions {
  readonly code: ErrorCode;
}

type CachedReply = { readonly expiresMs: number } & (
  | { readonly kind: "redirect"; readonly reply: Redirected }
  | { readonly kind: "manifest"; readonly digest: string }
  | { readonly kind: "headers"; readonly reply: Delivered }
  | { readonly kind: "missing"; readonly error: Missing }
);

/** Time that a client may take to follow a redirect. */
const REDIRECT_MARGIN_S = 60;
const EMPTY_BODY = new Uint8Array();

const isShareable = (reply: ContentReply): boolean =>
  reply.kind !== "content" || !(reply.body instanceof Readable);

const isDigestOf = (body: Uint8Array, digest: string): boolean => {
  const [algorithm = "", hex] = digest.split(":");
  return hash(algorithm, body) === hex;
};

/** Caches content and coalesces concurrent requests for it. */
export class CachedContent implements ContentSource {
  readonly #source: ContentSource;
  readonly #redirectTtlS: number;
  readonly #tagTtlS: number;
  readonly #replies: BoundedCache<CachedReply>;
  readonly #manifests: BoundedCache<Manifest>;
  readonly #singleFlight = new SingleFlight<ContentReply>();

  constructor(source: ContentSource, { redirectTtlS, tagTtlS, limitBytes }: CachedContentOptions) {
    this.#source = source;
    this.#redirectTtlS = redirectTtlS;
    this.#tagTtlS = tagTtlS;
    this.#replies = new BoundedCache(limitBytes / 2);
    this.#manifests = new BoundedCache(limitBytes / 2);
  }

  async manifest(request: ManifestRequest): Promise<ContentReply> {
    const { method, name, reference, accept } = request;
    // A reference is a tag or a digest, and no tag holds a colon.
    const byDigest = reference.includes(":");
    // Pulp reads `Accept` for a tag and ignores it for a digest.
    const key = byDigest ? `${name}@${reference}` : `${name}:${reference} ${accept.header}`;
    const cached = this.#find(`${method} ${key}`) ?? (method === "HEAD" ? this.#findFromGet(key) : undefined);
    if (cached !== undefined) return cached;
    const ttlS = byDigest ? this.#redirectTtlS : this.#tagTtlS;
    const fetch = async (cancellation: Cancellation) => {
      const headers = withoutConditions(request.headers);
      const reply = await this.#source.manifest({ method, name, reference, accept, headers, cancellation });
      return this.#storeManifest(`${method} ${key}`, byDigest ? reference : undefined, reply, ttlS);
    };
    return this.#coalesce(`${method} ${key}`, request.cancellation, fetch);
  }

  async blob(request: BlobRequest): Promise<ContentReply> {
    const { method, name, digest } = request;
    const key = `${method} ${name}/${digest}`;
    const cached = this.#find(key);
    if (cached !== undefined) return cached;
    const { headers } = request;
    // A reply to a range or a condition is for this caller only; a location is for all.
    const isOwn = hasConditions(headers);
    const fetch = async (cancellation: Cancellation) => {
      const reply = await this.#source.blob({ method, name, digest, headers, cancellation });
      if (reply.kind === "redirect") this.#storeRedirect(key, reply, this.#redirectTtlS);
      return reply;
    };
    return isOwn ? fetch(request.cancellation) : this.#coalesce(key, request.cancellation, fetch);
  }

  /** @throws RegistryError if the cached reply is a 404 */
  #find(key: string): ContentReply | undefined {
    const cached = this.#replies.get(key);
    if (cached === undefined || cached.expiresMs <= performance.now()) return undefined;
    switch (cached.kind) {
      case "missing":
        throw registryError(cached.error.code, cached.error);
      case "manifest": {
        const manifest = this.#manifests.get(cached.digest);
        return manifest && { kind: "content", status: 200, ...manifest };
      }
      default:
        return cached.reply;
    }
  }

  /** Returns the headers of a cached GET reply for a HEAD, if it holds the content itself. */
  #findFromGet(key: string): ContentReply | undefined {
    const cached = this.#find(`GET ${key}`);
    return cached?.kind === "content" ? { ...cached, body: EMPTY_BODY } : undefined;
  }

  async #coalesce(
    key: string,
    cancellation: Cancellation,
    fetch: (cancellation: Cancellation) => Promise<ContentReply>,
  ): Promise<ContentReply> {
    const { result, first } = await this.#singleFlight.join(
      key,
      (all) => this.#storeMissing(key, fetch(all)),
      cancellation,
    );
    return first || isShareable(result) ? result : fetch(cancellation);
  }

  /** Caches a 404 for a short time, because some clients retry in a loop. */
  async #storeMissing(key: string, reply: Promise<ContentReply>): Promise<ContentReply> {
    try {
      return await reply;
    } catch (error) {
      if (isRegistryError(error) && error.data != null && error.output.statusCode === 404) {
        const missing: Missing = { ...error.data, message: error.message, status: 404 };
        const value = { kind: "missing", error: missing, expiresMs: this.#expiry(this.#tagTtlS) } as const;
        this.#replies.put(key, value, 600 + 2 * JSON.stringify(missing).length);
      }
      throw error;
    }
  }

  #expiry(ttlS: number): number {
    return performance.now() + ttlS * 1000;
  }

  #storeRedirect(key: string, reply: Redirected, ttlS: number): void {
    const seconds = Math.min(ttlS, reply.lifetime - REDIRECT_MARGIN_S);
    if (seconds <= 0) return;
    this.#replies.put(
      key,
      { kind: "redirect", reply, expiresMs: this.#expiry(seconds) },
      reply.headers.Location.length + 200,
    );
  }

  async #storeManifest(
    key: string,
    requestedDigest: string | undefined,
    reply: ContentReply,
    ttlS: number,
  ): Promise<ContentReply> {
    if (reply.kind === "redirect") this.#storeRedirect(key, reply, ttlS);
    if (reply.kind !== "content" || reply.status !== 200) return reply;
    const { headers } = reply;
    const expiresMs = this.#expiry(ttlS);
    if (key.startsWith("HEAD ")) {
      if (reply.body instanceof Readable) reply.body.resume();
      const headersOnly = { ...reply, body: EMPTY_BODY };
      this.#replies.put(key, { kind: "headers", reply: headersOnly, expiresMs }, 400);
      return headersOnly;
    }
    const { body } = reply;
    // A large manifest is streamed and not cached.
    if (body instanceof Readable) return reply;
    const digest = requestedDigest ?? headers["Docker-Content-Digest"];
    // A manifest that does not match its digest is passed on as Pulp sent it, but never cached.
    if (ttlS > 0 && digest !== undefined && isDigest(digest) && isDigestOf(body, digest)) {
      this.#manifests.put(digest, { headers, body }, body.length + 400);
      this.#replies.put(key, { kind: "manifest", digest, expiresMs }, digest.length + 40);
    }
    return reply;
  }
}
