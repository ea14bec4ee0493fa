/** Asking for content, in words that both sides of the question share. */
import type { Readable } from "node:stream";
import type { components } from "../generated/openapi.ts";
import type { Cancellation } from "../resilience/cancellation.ts";
import type { Acceptance } from "./media-types.ts";
import type { Digest, Reference, RepositoryName } from "./names.ts";

/** A caller's question, with the headers of it that may go up. */
export interface ContentRequest {
  readonly method: "GET" | "HEAD";
  readonly name: RepositoryName;
  readonly headers: ContentHeaders;
  /** Lost when nobody waits for the answer any more. */
  readonly cancellation: Cancellation;
}

/** Headers that may pass from one side to the other. */
export type ContentHeaders = Readonly<Record<string, string>>;

/** What a caller says of the part it wants, and of what it has already. */
const CONDITIONS = ["range", "if-range", "if-none-match", "if-modified-since"] as const;

/** Whether headers hold a condition. */
export const hasConditions = (headers: ContentHeaders): boolean =>
  CONDITIONS.some((name) => headers[name] !== undefined);

/** With conditions an answer would be good for nobody else. */
export function withoutConditions(headers: ContentHeaders): ContentHeaders {
  if (!hasConditions(headers)) return headers;
  const rest = { ...headers };
  for (const name of CONDITIONS) delete rest[name];
  return rest;
}

/** The same question for all of the content. */
export function withoutRange(question: BlobRequest): BlobRequest {
  const { method, name, digest, cancellation } = question;
  const { range: _, "if-range": __, ...headers } = question.headers;
  return { method, name, digest, headers, cancellation };
}

/** The content itself. For HEAD the body is empty. */
export interface Delivered {
  readonly kind: "content";
  readonly status: number;
  readonly headers: ContentHeaders;
  readonly body: Readable | Uint8Array;
}

/** Where the content is. */
export interface Redirected {
  readonly kind: "redirect";
  readonly status: number;
  /** As they go down, made once for all who are sent there: `Location` is as clients are to see it. */
  readonly headers: ContentHeaders & { readonly Location: string };
  /** As the one who has it said it; never for clients. */
  readonly source: string;
  /** Seconds for which the location leads there: endless for one that isn't signed, 0 where that can't be told. */
  readonly lifetime: number;
}

/** The answer where there is content: itself, word that it is unchanged, or where it is. Everything else is thrown. */
export type ContentReply =
  | Delivered
  | Redirected
  | { readonly kind: "unchanged"; readonly headers: ContentHeaders };

/** A question for a manifest. */
export type ManifestRequest = ContentRequest & {
  readonly reference: Reference;
  readonly accept: Acceptance;
};
/** A question for a blob. */
export type BlobRequest = ContentRequest & {
  readonly digest: Digest;
  /** The caller's `Range` header, which few send: told apart from the others, which are read only for Pulp. */
  readonly range?: string | undefined;
};

/** Who has content, or knows where it is. @throws RegistryError as the registry that has it says */
export interface ContentSource {
  manifest(question: ManifestRequest): Promise<ContentReply>;
  blob(question: BlobRequest): Promise<ContentReply>;
}

/** Where tags are listed. */
export interface TagLists {
  /** All tags in the order of their bytes. */
  tags(question: ContentRequest): Promise<readonly string[]>;
  /** @throws RegistryError where `tags` would, as far as that can be told without a list */
  tagsAreThere(question: ContentRequest): Promise<void>;
}

/** Image specification, "OCI Content Descriptors". */
export type Descriptor = components["schemas"]["Descriptor"];

/** A question about what belongs to a manifest. */
export type DigestRequest = ContentRequest & { readonly digest: Digest };

/** Where referrers are listed. */
export interface ReferrerLists {
  /** What refers to a manifest; nothing for a manifest that isn't there. */
  referrers(question: DigestRequest): Promise<readonly Descriptor[]>;
}

/** A question for a Flatpak index. */
export interface IndexRequest {
  readonly kind: "static" | "dynamic";
  /** As it came, without the question mark: Pulp reads the order and what comes twice. */
  readonly query: string;
  /** Those of the caller's that may go up. */
  readonly headers: ContentHeaders;
  readonly cancellation: Cancellation;
  /** What one caller is taken to be: an IPv4 address, the /48 network of an IPv6 address, or a unix socket. */
  readonly site: string;
}

/** The images of one repository, as Pulp writes them. */
export interface IndexedRepository {
  readonly name: string;
  /** The entry of `Results`, as JSON. */
  readonly json: string;
}

/** Where the Flatpak index is. */
export interface FlatpakIndexes {
  find(question: IndexRequest): Promise<readonly IndexedRepository[]>;
  /** @throws RegistryError where `find` would, as far as that can be told without an index */
  isThere(question: IndexRequest): Promise<void>;
}
