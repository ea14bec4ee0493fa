/** Media types of manifests, and which of them a client accepts (RFC 9110 section 12.5.1). */
import { BoundedMap } from "../resilience/bounded-map.ts";

/** What a client accepts, in the one form that any order, case and wildcard of the same types comes to. */
export interface Acceptance {
  /** For Pulp, which compares names letter by letter and reads no wildcard but the one for all types, if that. */
  readonly header: string;
  /**
   * Whether the client's own header names each type that it accepts, letter by letter: the host that an older Pulp redirects
   * to reads that header, and reads it no other way.
   */
  readonly isLiteral: boolean;
}

/** What is stored under a tag today, and what each kind is called. */
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

/** Media types beside those of manifests that go up, at most: they are part of the key of what is cached. */
const MAX_OTHER_TYPES = 16;
/** In place of nothing, which Pulp takes for anything: no manifest is of this type. */
const NONE = "application/vnd.oci.empty.v1+json";

/** An `Accept` header with every kind of manifest. */
export const ANY_MANIFEST = TYPES.join(", ");

/** The name of a kind of manifest. */
export const kindOf = (mediaType: string): string => KINDS[mediaType] ?? "Manifest";

/** Whether an `Accept` header names every kind of manifest that is in use today. */
export const namesAllKinds = (header: string): boolean =>
  CURRENT_TYPES.every((type) => header.includes(type));

const TYPE = /^[!#$%&'*+.^_`|~0-9a-z-]{1,127}\/[!#$%&'*+.^_`|~0-9a-z-]{1,127}$/;
const REFUSED = /;\s*q\s*=\s*0(?:\.0*)?\s*(?:;|$)/i;

/** Whether each type or range of a header is accepted. Half of a parameter that holds a comma is no type. */
function entriesOf(header: string): Map<string, boolean> {
  const entries = new Map<string, boolean>();
  for (const entry of header.split(",")) {
    const type = (entry.split(";", 1)[0] ?? "").trim().toLowerCase();
    if (TYPE.test(type))
      entries.set(type, entries.get(type) === true || !(entry.includes(";") && REFUSED.test(entry)));
  }
  return entries;
}

function parse(header: string): Acceptance {
  const entries = entriesOf(header);
  const ranges = [entries.get("application/*"), entries.get("*/*") ?? entries.size === 0];
  const [wide] = ranges.filter((range) => range !== undefined);
  const types = TYPES.filter((type) => entries.get(type) ?? wide);
  const isOther = ([type, accepted]: [string, boolean]) =>
    accepted && !type.startsWith("*/") && type !== "application/*" && KINDS[type] === undefined;
  const others = [...entries].filter(isOther).map(([type]) => type);
  const isAnything = ranges[1] === true && [...entries.values()].every(Boolean);
  const all = [...types, ...others.sort().slice(0, MAX_OTHER_TYPES), ...(isAnything ? ["*/*"] : [])];
  const literal = header.split(",").map((entry) => entry.trim());
  return {
    header: all.join(", ") || NONE,
    isLiteral: types.every((type) => CURRENT[type] === undefined || literal.includes(type)),
  };
}

const MAX_CACHED_HEADERS = 1000;
const MAX_CACHED_CHARS = 1024;
const parsed = new BoundedMap<string, Acceptance>(MAX_CACHED_HEADERS);

/**
 * Parses the `Accept` header of a request for a manifest. Wildcards become the types of manifests, what is refused (`q=0`)
 * is left out, parameters are dropped: Pulp's choice depends on none of them, nor on the order.
 * @param header undefined accepts anything
 */
export function acceptanceOf(header = ""): Acceptance {
  const known = parsed.get(header);
  if (known !== undefined) return known;
  const acceptance = parse(header);
  if (header.length <= MAX_CACHED_CHARS) parsed.set(header, acceptance);
  return acceptance;
}
