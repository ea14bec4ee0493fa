/** Media types of manifests, and parsing of `Accept` headers (RFC 9110 section 12.5.1). */
import { BoundedMap } from "../resilience/bounded-map.ts";

/** Accepted media types, normalized so that order, case and wildcards make no difference. */
export interface Acceptance {
  /** Header for Pulp, which compares types case-sensitively, and supports at most the wildcard for all types. */
  readonly header: string;
  /**
   * True if the client's own header lists each accepted type literally: the host that an older Pulp redirects to reads the
   * client's header, case-sensitively and without wildcards.
   */
  readonly isLiteral: boolean;
}

/** Media types of manifests in current use, with their names. */
const CURRENT: Readonly<Record<string, string>> = {
  "application/vnd.docker.distribution.manifest.list.v2+json": "Docker manifest list",
  "application/vnd.docker.distribution.manifest.v2+json": "Docker image manifest",
  "application/vnd.oci.image.index.v1+json": "OCI image index",
  "application/vnd.oci.image.manifest.v1+json": "OCI image manifest",
};
const SCHEMA_1 = "Docker image manifest of schema 1";
const KINDS: Readonly<Record<string, string>> = {
  ...CURRENT,
  "application/vnd.docker.distribution.manifest.v1+json": SCHEMA_1,
  "application/vnd.docker.distribution.manifest.v1+prettyjws": SCHEMA_1,
};
const CURRENT_TYPES = Object.keys(CURRENT);
const TYPES = Object.keys(KINDS).sort();

/** Maximum number of other media types that are forwarded to Pulp: they are part of cache keys. */
const MAX_OTHER_TYPES = 16;
/** Type that no manifest has, used instead of an empty header, which Pulp would treat as accepting anything. */
const NO_MANIFEST = "application/vnd.oci.empty.v1+json";

/** `Accept` header with every type of manifest. */
export const ANY_MANIFEST = TYPES.join(", ");

/** Name of a type of manifest. */
export const kindOf = (mediaType: string): string => KINDS[mediaType] ?? "Manifest";

/** True if an `Accept` header lists every type of manifest in current use. */
export const namesAllKinds = (header: string): boolean =>
  CURRENT_TYPES.every((type) => header.includes(type));

const TYPE = /^[!#$%&'*+.^_`|~0-9a-z-]{1,127}\/[!#$%&'*+.^_`|~0-9a-z-]{1,127}$/;
const REFUSED = /;\s*q\s*=\s*0(?:\.0*)?\s*(?:;|$)/i;

/** Types and ranges of entries of a header, with true for accepted ones. Fragments of parameters that contain a comma are ignored. */
function rangesOf(entries: readonly string[]): Map<string, boolean> {
  const ranges = new Map<string, boolean>();
  for (const entry of entries) {
    const end = entry.indexOf(";");
    const type = (end === -1 ? entry : entry.slice(0, end)).trim().toLowerCase();
    if (!Object.hasOwn(KINDS, type) && !TYPE.test(type)) continue;
    if (ranges.get(type) !== true) ranges.set(type, end === -1 || !REFUSED.test(entry));
  }
  return ranges;
}

function parse(header: string): Acceptance {
  const entries = header.split(",");
  const ranges = rangesOf(entries);
  const anything = ranges.get("*/*") ?? ranges.size === 0;
  const wildcard = ranges.get("application/*") ?? anything;
  const types = TYPES.filter((type) => ranges.get(type) ?? wildcard);
  const others: string[] = [];
  let isAnything = anything;
  for (const [type, accepted] of ranges) {
    if (!accepted) isAnything = false;
    else if (!(Object.hasOwn(KINDS, type) || type.startsWith("*/") || type === "application/*"))
      others.push(type);
  }
  const all = [...types, ...others.sort().slice(0, MAX_OTHER_TYPES), ...(isAnything ? ["*/*"] : [])];
  const literal = new Set(entries.map((entry) => entry.trim()));
  return {
    header: all.join(", ") || NO_MANIFEST,
    isLiteral: types.every((type) => CURRENT[type] === undefined || literal.has(type)),
  };
}

const MAX_CACHED_HEADERS = 1000;
const MAX_CACHED_CHARS = 1024;
const parsed = new BoundedMap<string, Acceptance>(MAX_CACHED_HEADERS);

/**
 * Parses the `Accept` header of a request for a manifest. Wildcards are expanded to the types of manifests, refused types
 * (`q=0`) are omitted, parameters are dropped: Pulp's choice depends neither on parameters nor on the order.
 * @param header an absent header accepts anything
 */
export function acceptanceOf(header = ""): Acceptance {
  const cached = parsed.get(header);
  if (cached !== undefined) return cached;
  const acceptance = parse(header);
  if (header.length <= MAX_CACHED_CHARS) parsed.set(header, acceptance);
  return acceptance;
}
