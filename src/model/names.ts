/** Repository names, tags and digests: validated once against the contract's grammar, then passed on as branded types. */
import { GRAMMAR } from "../generated/grammar.ts";
import { registryError } from "./errors.ts";

declare const kind: unique symbol;
type Named<Kind extends string> = string & { readonly [kind]: Kind };

/** Valid repository name, such as `org/app`. */
export type RepositoryName = Named<"repository">;
/** Valid tag, such as `latest`. */
export type Tag = Named<"tag">;
/** Digest of an algorithm that Pulp supports, such as `sha256:` and 64 hexadecimal digits. */
export type Digest = Named<"digest">;
/** Well-formed digest of another algorithm, such as `blake3:...`, which no content in Pulp has. */
export type ForeignDigest = Named<"foreign digest">;
/** Tag or digest of a manifest. */
export type Reference = Tag | Digest;

/** Rule of the contract's grammar. */
export interface Rule {
  readonly pattern: RegExp;
  /** Maximum number of characters. */
  readonly maxLength: number;
}

/** True if a text matches a rule. The length is checked first, so that the pattern never runs on a very long text. */
export const fits = ({ pattern, maxLength }: Rule, text: string): boolean =>
  text.length <= maxLength && pattern.test(text);

/** True for a valid repository name. */
export const isRepositoryName = (text: string): text is RepositoryName => fits(GRAMMAR.RepositoryName, text);
const isTag = (text: string): text is Tag => fits(GRAMMAR.Tag, text);

/** True if a reference is a digest, and so the content immutable. */
export const isDigest = (text: string): text is Digest => fits(GRAMMAR.Digest, text);

/** Algorithms with a fixed form of digest: other forms are invalid digests, not foreign ones. */
const KNOWN_ALGORITHMS = ["sha256:", "sha512:"];

/** True if a reference is a digest of an algorithm that Pulp does not use. */
export const isForeignDigest = (text: string): text is ForeignDigest =>
  text.includes(":") && !KNOWN_ALGORITHMS.some((algorithm) => text.startsWith(algorithm));

/** True for a valid host UUID. */
export const isHostUuid = (text: string): boolean => fits(GRAMMAR.HostUuid, text);

/** Compares names and tags by their bytes, the order in which registries list them. */
export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Index of the first entry after `last` in a list in byte order. */
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

/** @throws RegistryError DIGEST_INVALID for a text with a colon, TAG_INVALID otherwise */
export function parseReference(text: string): Reference | ForeignDigest {
  if (text.includes(":")) return parseDigest(text);
  if (isTag(text)) return text;
  throw registryError("TAG_INVALID", { detail: { tag: text.slice(0, 300) } });
}

/** Parsers of the path parameters that have a branded type. */
export const PATH_PARSERS = {
  name: parseRepositoryName,
  reference: parseReference,
  digest: parseDigest,
} as const;

/** Type of a path parameter after parsing. */
export type PathValue<Name> = Name extends keyof typeof PATH_PARSERS
  ? ReturnType<(typeof PATH_PARSERS)[Name]>
  : string;
