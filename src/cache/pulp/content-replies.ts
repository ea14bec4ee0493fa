/** Cache of replies about content, and of the manifests that they share. */
import { hash } from "node:crypto";
import { Readable } from "node:stream";
import type { ErrorCode } from "../../generated/error-codes.ts";
import type { CachedTag, ContentHeaders, ContentReply, Delivered, Redirected } from "../../model/content.ts";
import { type ErrorOptions, isRegistryError, registryError } from "../../model/errors.ts";
import { isDigest, type RepositoryName } from "../../model/names.ts";
import { BoundedCache, type CachePart } from "../bounded-cache.ts";

/** A manifest, shared by all repositories that have it. */
interface Manifest {
  readonly headers: ContentHeaders;
  readonly body: Uint8Array;
}

/** A cached 404: all that a client sees of the error, without its stack. */
interface Missing extends ErrorOptions {
  readonly code: ErrorCode;
}

/** A manifest, or its headers, may be renewed after `expiresMs`, until `staleUntilMs`. */
type CachedReply = { expiresMs: number; readonly staleUntilMs?: number } & (
  | { readonly kind: "redirect"; readonly reply: Redirected }
  | { readonly kind: "manifest"; readonly digest: string }
  | { readonly kind: "headers"; readonly reply: Delivered }
  | { readonly kind: "missing"; readonly error: Missing }
);

/** Time for which an expired manifest may be sent while Pulp is unavailable. */
const MAX_STALE_S = 24 * 60 * 60;
/** Time until Pulp is asked again for a manifest that has expired. */
const STALE_RETRY_S = 10;
/** Time that a client may take to follow a redirect. */
const REDIRECT_MARGIN_S = 60;
const EMPTY_BODY = new Uint8Array();

const isDigestOf = (body: Uint8Array, digest: string): boolean => {
  const [algorithm = "", hex] = digest.split(":");
  return hash(algorithm, body) === hex;
};

const headersOf = (reply: ContentReply | undefined): ContentReply | undefined =>
  reply?.kind === "content" ? { ...reply, body: EMPTY_BODY } : undefined;

function digestIn(cached: CachedReply): string | undefined {
  if (cached.kind === "manifest") return cached.digest;
  return cached.kind === "headers" ? cached.reply.headers["Docker-Content-Digest"] : undefined;
}

/** Caches replies by method, repository and reference. */
export class ContentReplies {
  readonly #replies: BoundedCache<CachedReply>;
  readonly #manifests: BoundedCache<Manifest>;

  /** @param limitBytes bound of all replies and manifests, half of it for each */
  constructor(limitBytes: number) {
    this.#replies = new BoundedCache(limitBytes / 2);
    this.#manifests = new BoundedCache(limitBytes / 2);
  }

  /** Parts of this cache, for operators. */
  get parts(): readonly CachePart[] {
    return [this.#replies, this.#manifests];
  }

  /** Returns a cached reply. @throws RegistryError if it is a 404 */
  find(key: string): ContentReply | undefined {
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

  /**
   * Returns an expired manifest for which Pulp could not be asked, and keeps it for some seconds; undefined for other replies, and
   * after a day. What a digest names never changes; only whether Pulp still has it is not known.
   */
  renew(key: string): ContentReply | undefined {
    const cached = this.#replies.get(key);
    const now = performance.now();
    if (cached?.staleUntilMs === undefined || cached.staleUntilMs <= now) return undefined;
    cached.expiresMs = Math.max(cached.expiresMs, now + STALE_RETRY_S * 1000);
    return this.find(key);
  }

  /** Describes the tags of a repository whose replies are cached. */
  *tagsOf(name: RepositoryName): Generator<CachedTag> {
    const now = performance.now();
    for (const [key, cached] of this.#replies.containing(` ${name}:`)) {
      const [, place = ""] = key.split(" ");
      if (cached.expiresMs <= now || !place.startsWith(`${name}:`)) continue;
      const tag = place.slice(name.length + 1);
      const expires_at = new Date(Date.now() + cached.expiresMs - now).toISOString();
      const digest = digestIn(cached);
      yield {
        tag,
        expires_at,
        ...(digest === undefined ? {} : { digest }),
        ...(cached.kind === "missing" ? { missing: true } : {}),
      };
    }
  }

  /** Returns the headers of a cached GET reply for a HEAD, if it holds the content itself. */
  findFromGet(key: string): ContentReply | undefined {
    return headersOf(this.find(`GET ${key}`));
  }

  /** Renews a cached GET reply for a HEAD, as {@link renew} does. */
  renewFromGet(key: string): ContentReply | undefined {
    return headersOf(this.renew(`GET ${key}`));
  }

  /** Caches a 404 for a short time, because some clients retry in a loop. Ignores other errors. */
  putMissing(key: string, error: unknown, ttlS: number): void {
    if (!isRegistryError(error) || error.data == null || error.output.statusCode !== 404) return;
    const missing: Missing = { ...error.data, message: error.message, status: 404 };
    const value = { kind: "missing", error: missing, expiresMs: this.#expiry(ttlS) } as const;
    this.#replies.put(key, value, 600 + 2 * JSON.stringify(missing).length);
  }

  #expiry(ttlS: number): number {
    return performance.now() + ttlS * 1000;
  }

  /** Caches a redirect, but not beyond the lifetime of its location. */
  putRedirect(key: string, reply: Redirected, ttlS: number): void {
    const seconds = Math.min(ttlS, reply.lifetime - REDIRECT_MARGIN_S);
    if (seconds <= 0) return;
    this.#replies.put(
      key,
      { kind: "redirect", reply, expiresMs: this.#expiry(seconds) },
      reply.headers.Location.length + 200,
    );
  }

  /** Caches a reply to a request for a manifest. @returns the reply for the client */
  putManifest(
    key: string,
    requestedDigest: string | undefined,
    reply: ContentReply,
    ttlS: number,
  ): ContentReply {
    if (reply.kind === "redirect") this.putRedirect(key, reply, ttlS);
    if (reply.kind !== "content" || reply.status !== 200) return reply;
    const { headers } = reply;
    const expiresMs = this.#expiry(ttlS);
    const lifetime =
      requestedDigest === undefined || ttlS === 0
        ? { expiresMs }
        : { expiresMs, staleUntilMs: this.#expiry(ttlS + MAX_STALE_S) };
    if (key.startsWith("HEAD ")) {
      if (reply.body instanceof Readable) reply.body.resume();
      const headersOnly = { ...reply, body: EMPTY_BODY };
      this.#replies.put(key, { kind: "headers", reply: headersOnly, ...lifetime }, 400);
      return headersOnly;
    }
    const { body } = reply;
    // A large manifest is streamed and not cached.
    if (body instanceof Readable) return reply;
    const digest = requestedDigest ?? headers["Docker-Content-Digest"];
    // A manifest that does not match its digest is passed on as Pulp sent it, but never cached.
    if (ttlS > 0 && digest !== undefined && isDigest(digest) && isDigestOf(body, digest)) {
      this.#manifests.put(digest, { headers, body }, body.length + 400);
      this.#replies.put(key, { kind: "manifest", digest, ...lifetime }, digest.length + 40);
    }
    return reply;
  }
}
