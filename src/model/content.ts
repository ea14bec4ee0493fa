/** Requests for content and their replies, shared by handlers, caches and upstreams. */
import type { Readable } from "node:stream";
import type { components } from "../generated/openapi.ts";
import type { Cancellation } from "../resilience/cancellation.ts";
import type { Acceptance } from "./media-types.ts";
import type { Digest, ForeignDigest, Reference, RepositoryName } from "./names.ts";

/** Request of a caller, with the headers to forward to Pulp. */
export interface ContentRequest {
  readonly method: "GET" | "HEAD";
  readonly name: RepositoryName;
  readonly headers: ContentHeaders;
  /** Fires when no caller waits for the reply any more. */
  readonly cancellation: Cancellation;
}

/** Headers that are forwarded between client and Pulp. */
export type ContentHeaders = Readonly<Record<string, string>>;

/** Headers that request a part of the content, or the content only if it has changed. */
const CONDITIONS = ["range", "if-range", "if-none-match", "if-modified-since"] as const;

/** True if the headers contain a condition. */
export const hasConditions = (headers: ContentHeaders): boolean =>
  CONDITIONS.some((name) => headers[name] !== undefined);

/** Removes conditions: the reply to a conditional request can't be shared. */
export function withoutConditions(headers: ContentHeaders): ContentHeaders {
  if (!hasConditions(headers)) return headers;
  const rest = { ...headers };
  for (const name of CONDITIONS) delete rest[name];
  return rest;
}

/** Same request for all of the content. */
export function withoutRange(request: BlobRequest): BlobRequest {
  const { method, name, digest, cancellation } = request;
  const { range: _, "if-range": __, ...headers } = request.headers;
  return { method, name, digest, headers, cancellation };
}

/** Reply with content. For HEAD the body is empty. */
export interface Delivered {
  readonly kind: "content";
  readonly status: number;
  readonly headers: ContentHeaders;
  readonly body: Readable | Uint8Array;
}

/** Reply with the location of the content. */
export interface Redirected {
  readonly kind: "redirect";
  readonly status: number;
  /** Headers for the client, shared by all replies: `Location` is the URL for clients. */
  readonly headers: ContentHeaders & { readonly Location: string };
  /** Location in Pulp's reply, which is never sent to clients. */
  readonly source: string;
  /** Seconds for which the location is valid: infinite if it isn't signed, 0 if unknown. */
  readonly lifetime: number;
}

/** Reply for existing content: the content, its location, or that it is unchanged. Other replies are thrown as errors. */
export type ContentReply =
  | Delivered
  | Redirected
  | { readonly kind: "unchanged"; readonly headers: ContentHeaders };

/** Request for a manifest. */
export type ManifestRequest = ContentRequest & {
  readonly reference: Reference | ForeignDigest;
  readonly accept: Acceptance;
};
/** Request for a blob. */
export type BlobRequest = ContentRequest & {
  readonly digest: Digest | ForeignDigest;
  /** The caller's `Range` header. It is separate from the others, which are computed only for a request to Pulp. */
  readonly range?: string | undefined;
};

/** Source of content. Its methods throw a RegistryError with Pulp's error. */
export interface ContentSource {
  manifest(request: ManifestRequest): Promise<ContentReply>;
  blob(request: BlobRequest): Promise<ContentReply>;
}

/** Delivery of content to clients, as configured by redirect or by stream. */
export interface Delivery {
  readonly whole: ContentSource;
  /** Sources of manifests whose location the client can't follow. */
  readonly streamed: Pick<ContentSource, "manifest">;
  /** Delivers ranges of a blob. @throws RegistryError RANGE_INVALID with 400 for too many ranges */
  readonly ranges: (request: BlobRequest, range: string) => Promise<ContentReply>;
}

/** A tag as a worker has cached it. */
export type CachedTag = components["schemas"]["CachedTag"];

/** Lists tags. */
export interface TagLists {
  /** All tags in byte order. */
  tags(request: ContentRequest): Promise<readonly string[]>;
  /** @throws RegistryError if `tags` would, as far as that is known without fetching the list */
  tagsAreThere(request: ContentRequest): Promise<void>;
}

/** Image specification, "OCI Content Descriptors". */
export type Descriptor = components["schemas"]["Descriptor"];

/** Request for something that belongs to a manifest. */
export type DigestRequest = ContentRequest & { readonly digest: Digest };

/** Lists referrers. */
export interface ReferrerLists {
  /** Referrers of a manifest; an empty list if the manifest does not exist. */
  referrers(request: DigestRequest): Promise<readonly Descriptor[]>;
}

/** Request for a Flatpak index. */
export interface IndexRequest {
  readonly kind: "static" | "dynamic";
  /** Raw query without the question mark: order and repetitions matter to Pulp. */
  readonly query: string;
  /** Headers to forward to Pulp. */
  readonly headers: ContentHeaders;
  readonly cancellation: Cancellation;
}

/** Images of one repository in Pulp's index. */
export interface IndexedRepository {
  readonly name: string;
  /** Entry of `Results`, as JSON. */
  readonly json: string;
}

/** Source of Flatpak indexes. */
export interface FlatpakIndexes {
  find(request: IndexRequest): Promise<readonly IndexedRepository[]>;
  /** @throws RegistryError if `find` would, as far as that is known without fetching the index */
  isThere(request: IndexRequest): Promise<void>;
}
