/**
 * Repository names, tags and digests: checked once against the contract's grammar, then carried as types of their own.
 */

import { GRAMMAR } from "../generated/grammar.ts";
import { registryError } from "./errors.ts";

declare const kind: unique symbol;
type Named<Kind extends string> = string & { readonly [kind]: Kind };

/** A name that may be asked of Pulp and of the database, such as `org/app`. */
export type RepositoryName = Named<"repository">;
/** A tag, such as `latest`. */
export type Tag = Named<"tag">;
/** A digest of an algorithm that Pulp may know, such as `sha256:` and 64 hexadecimal digits. */
export type Digest = Named<"digest">;
/** A digest of another algorithm, such as `blake3:...`: well-formed, but nothing that Pulp has is called so. */
export type ForeignDigest = Named<"foreign digest">;
/** What names a manifest. */
export type Reference = Tag | Digest;

/** A rule of the contract's grammar. */
export interface Rule {
  readonly pattern: RegExp;
  /** In characters. */
  readonly maxLength: number;
}

/** Whether a text keeps a rule. Its length is looked at first: no pattern sees an endless text. */
export const fits = ({ pattern, maxLength }: Rule, text: string): boolean =>
  text.length <= maxLength && pattern.test(text);

/** Whether a text may name a repository. */
export const isRepositoryName = (text: string): text is RepositoryName => fits(GRAMMAR.RepositoryName, text);
const isTag = (text: string): text is Tag => fits(GRAMMAR.Tag, text);

/** Whether a reference is a digest, that is, names content that never changes. */
export const isDigest = (text: string): text is Digest => fits(GRAMMAR.Digest, text);

/** Algorithms whose digests have one form only: what breaks it is no digest. */
const KNOWN_ALGORITHMS = ["sha256:", "sha512:"];

/** Whether a reference is a digest that Pulp can't know. */
export const isForeignDigest = (text: string): text is ForeignDigest =>
  text.includes(":") && !KNOWN_ALGORITHMS.some((algorithm) => text.startsWith(algorithm));

/** Whether a text may be a host's uuid. */
export const isHostUuid = (text: string): boolean => fits(GRAMMAR.HostUuid, text);

/** The order of names and tags, as registries list them: that of their bytes. */
export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Where what comes after `last` begins in a list that is in the order of bytes. */
export function placeAfter(list: readonly string[], last: string): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (byBytes(list[middle] ?? "", last) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @throws RegistryError NAME_INVALID */
export function parseRepositoryName(text: string): RepositoryName {
  if (isRepositoryName(text)) return text;
  throw registryError("NAME_INVALID", { detail: { name: text.slice(0, 300) } });
}

/** @throws RegistryError DIGEST_INVALID */
export function parseDigest(text: string): Digest | ForeignDigest {
  if (isDigest(text)) return text;
  if (fits(GRAMMAR.AnyDigest, text) && isForeignDigest(text)) return text;
  throw registryError("DIGEST_INVALID", { detail: { digest: text.slice(0, 300) } });
}

/** @throws RegistryError DIGEST_INVALID for what tries to be a digest, TAG_INVALID for all else */
export function parseReference(text: string): Reference | ForeignDigest {
  if (text.includes(":")) return parseDigest(text);
  if (isTag(text)) return text;
  throw registryError("TAG_INVALID", { detail: { tag: text.slice(0, 300) } });
}

/** The path parameters of the contract that have a type of their own. */
export const PATH_PARSERS = {
  name: parseRepositoryName,
  reference: parseReference,
  digest: parseDigest,
} as const;

/** What each path parameter becomes. */
export type PathValue<Name> = Name extends keyof typeof PATH_PARSERS
  ? ReturnType<(typeof PATH_PARSERS)[Name]>
  : string;
