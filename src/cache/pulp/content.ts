/**
 * What Pulp said of content, in front of Pulp: where blobs are, manifests by digest, and for a few seconds what a tag
 * means. Each answer is kept for the repository it was given for: a digest that one repository has says nothing about
 * another. Who may see the repository is decided before anybody is asked here.
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

/** How long answers are kept, in seconds, and in how many bytes. */
export interface CachedContentOptions {
  readonly redirectTtl: number;
  readonly tagTtl: number;
  readonly limit: number;
}

/** A manifest's bytes, shared by all repositories that have it. */
interface Manifest {
  readonly headers: ContentHeaders;
  readonly body: Uint8Array;
}

/** What is kept of an error: all that a client sees, and none of where it was thrown. */
interface Missing extends ErrorOptions {
  readonly code: ErrorCode;
}

type Kept = { readonly until: number } & (
  | { readonly what: "redirect"; readonly answer: Redirected }
  | { readonly what: "manifest"; readonly digest: string }
  | { readonly what: "headers"; readonly answer: Delivered }
  | { readonly what: "missing"; readonly error: Missing }
);

/** A client may take so long to follow a location, in seconds. */
const REDIRECT_MARGIN_S = 60;
const NOTHING = new Uint8Array();

const isShareable = (answer: ContentReply): boolean =>
  answer.kind !== "content" || !(answer.body instanceof Readable);

const isDigestOf = (body: Uint8Array, digest: string): boolean => {
  const [algorithm = "", hex] = digest.split(":");
  return hash(algorithm, body) === hex;
};

/** Content in front of Pulp: asked once, and kept for as long as it can be believed. */
export class CachedContent implements ContentSource {
  readonly #source: ContentSource;
  readonly #redirectTtl: number;
  readonly #tagTtl: number;
  readonly #answers: BoundedCache<Kept>;
  readonly #manifests: BoundedCache<Manifest>;
  readonly #singleFlight = new SingleFlight<ContentReply>();

  constructor(source: ContentSource, { redirectTtl, tagTtl, limit }: CachedContentOptions) {
    this.#source = source;
    this.#redirectTtl = redirectTtl;
    this.#tagTtl = tagTtl;
    this.#answers = new BoundedCache(limit / 2);
    this.#manifests = new BoundedCache(limit / 2);
  }

  async manifest(question: ManifestRequest): Promise<ContentReply> {
    const { method, name, reference, accept } = question;
    // A reference is a tag or a digest, and no tag holds a colon.
    const byDigest = reference.includes(":");
    // By tag Pulp chooses by `Accept`, by digest it doesn't look at it.
    const key = byDigest ? `${name}@${reference}` : `${name}:${reference} ${accept.header}`;
    const known = this.#find(`${method} ${key}`) ?? (method === "HEAD" ? this.#findWhole(key) : undefined);
    if (known !== undefined) return known;
    const ttl = byDigest ? this.#redirectTtl : this.#tagTtl;
    const ask = async (cancellation: Cancellation) => {
      const headers = withoutConditions(question.headers);
      const answer = await this.#source.manifest({ method, name, reference, accept, headers, cancellation });
      return this.#keepManifest(`${method} ${key}`, byDigest ? reference : undefined, answer, ttl);
    };
    return this.#fly(`${method} ${key}`, question.cancellation, ask);
  }

  async blob(question: BlobRequest): Promise<ContentReply> {
    const { method, name, digest } = question;
    const key = `${method} ${name}/${digest}`;
    const known = this.#find(key);
    if (known !== undefined) return known;
    const { headers } = question;
    // A part, or news, is for this caller; where it is, is for all.
    const isOwn = hasConditions(headers);
    const ask = async (cancellation: Cancellation) => {
      const answer = await this.#source.blob({ method, name, digest, headers, cancellation });
      if (answer.kind === "redirect") this.#keepRedirect(key, answer, this.#redirectTtl);
      return answer;
    };
    return isOwn ? ask(question.cancellation) : this.#fly(key, question.cancellation, ask);
  }

  /** @throws the error that is kept */
  #find(key: string): ContentReply | undefined {
    const kept = this.#answers.get(key);
    if (kept === undefined || kept.until <= performance.now()) return undefined;
    switch (kept.what) {
      case "missing":
        throw registryError(kept.error.code, kept.error);
      case "manifest": {
        const manifest = this.#manifests.get(kept.digest);
        return manifest && { kind: "content", status: 200, ...manifest };
      }
      default:
        return kept.answer;
    }
  }

  /** What a GET was told serves a HEAD, too, if it was the content itself. */
  #findWhole(key: string): ContentReply | undefined {
    const known = this.#find(`GET ${key}`);
    return known?.kind === "content" ? { ...known, body: NOTHING } : undefined;
  }

  async #fly(
    key: string,
    cancellation: Cancellation,
    ask: (cancellation: Cancellation) => Promise<ContentReply>,
  ): Promise<ContentReply> {
    const { result: answer, first } = await this.#singleFlight.join(
      key,
      (all) => this.#orMissing(key, ask(all)),
      cancellation,
    );
    return first || isShareable(answer) ? answer : ask(cancellation);
  }

  /** That something isn't there is kept for a moment, for a client that asks in a loop. */
  async #orMissing(key: string, answer: Promise<ContentReply>): Promise<ContentReply> {
    try {
      return await answer;
    } catch (error) {
      if (isRegistryError(error) && error.data != null && error.output.statusCode === 404) {
        const kept: Missing = { ...error.data, message: error.message, status: 404 };
        const value = { what: "missing", error: kept, until: this.#until(this.#tagTtl) } as const;
        this.#answers.put(key, value, 600 + 2 * JSON.stringify(kept).length);
      }
      throw error;
    }
  }

  #until(ttl: number): number {
    return performance.now() + ttl * 1000;
  }

  #keepRedirect(key: string, answer: Redirected, ttl: number): void {
    const seconds = Math.min(ttl, answer.lifetime - REDIRECT_MARGIN_S);
    if (seconds <= 0) return;
    this.#answers.put(
      key,
      { what: "redirect", answer, until: this.#until(seconds) },
      answer.headers.Location.length + 200,
    );
  }

  async #keepManifest(
    key: string,
    asked: string | undefined,
    answer: ContentReply,
    ttl: number,
  ): Promise<ContentReply> {
    if (answer.kind === "redirect") this.#keepRedirect(key, answer, ttl);
    if (answer.kind !== "content" || answer.status !== 200) return answer;
    const { headers } = answer;
    const until = this.#until(ttl);
    if (key.startsWith("HEAD ")) {
      if (answer.body instanceof Readable) answer.body.resume();
      const told = { ...answer, body: NOTHING };
      this.#answers.put(key, { what: "headers", answer: told, until }, 400);
      return told;
    }
    const { body } = answer;
    // Larger ones are passed on as they come.
    if (body instanceof Readable) return answer;
    const digest = asked ?? headers["Docker-Content-Digest"];
    // What is not what it says to be is passed on, for Pulp may know why, but never kept.
    if (ttl > 0 && digest !== undefined && isDigest(digest) && isDigestOf(body, digest)) {
      this.#manifests.put(digest, { headers, body }, body.length + 400);
      this.#answers.put(key, { what: "manifest", digest, until }, digest.length + 40);
    }
    return answer;
  }
}
