/** Targets of Pulp's redirects, as clients and as the gateway reach them. */

/** Origins of Pulp, and the origin by which clients reach them. */
export interface LocationRules {
  /** Scheme, host and port of `pulp_endpoint` and `pulp_content_origins`. */
  readonly own: readonly string[];
  /** Scheme, host and port of `client_endpoint`. */
  readonly outside: string;
}

interface Parts {
  /** Undefined for a path on the host that sent the redirect. */
  readonly origin: string | undefined;
  /** Path and query, which may be signed and must not be changed by a byte. */
  readonly rest: string;
}

function parse(location: string): Parts | undefined {
  if (!/^[\x21-\x7e]+$/.test(location)) return undefined;
  if (/^\/(?!\/)/.test(location)) return { origin: undefined, rest: location };
  const [, written, rest = ""] = /^(https?:\/\/[^/?#]+)([/?#].*)?$/i.exec(location) ?? [];
  if (written === undefined || written.includes("@") || !URL.canParse(location)) return undefined;
  return { origin: new URL(written).origin, rest };
}

/** Signature in a query: Pulp, S3 (version 4; version 2 and CloudFront), Google, Azure. */
const SIGNATURE = /^[^#]*[?&](?:validate_token|X-Amz-Signature|Signature|X-Goog-Signature|sig)=[^&#]/;

/** Returns true if clients may be redirected there: only to signed URLs, and by https unless clients reach Pulp by http themselves. */
const isSafe = (origin: string, rest: string, outside: string): boolean =>
  SIGNATURE.test(rest) && (origin.startsWith("https:") || outside.startsWith("http:"));

/**
 * Returns the target of a redirect for the client. A target that is not Pulp's own (object storage) is not changed.
 * Undefined if the target is not usable.
 */
export function outsideLocation(location: string, { own, outside }: LocationRules): string | undefined {
  const parts = parse(location);
  if (parts === undefined) return undefined;
  const { origin, rest } = parts;
  if (origin === undefined || own.includes(origin)) return outside + rest;
  return isSafe(origin, rest, outside) ? location : undefined;
}

/** Describes an unusable target to an operator, without its path and query, which may hold a signature. */
export function problemOf(location: string): string {
  if (location === "") return "redirects without a Location";
  const origin = parse(location)?.origin;
  return origin === undefined
    ? "redirects to an invalid URL"
    : `redirects to ${origin}: add it to pulp_content_origins if it is Pulp's own; any other URL must be presigned and use https`;
}

/** A location that the gateway itself can fetch. */
export interface InsideLocation {
  /** Undefined for Pulp itself. */
  readonly origin: string | undefined;
  readonly path: string;
}

/** Returns the target of a redirect for the gateway; undefined if it is not usable. */
export function insideLocation(
  location: string,
  { own, outside }: LocationRules,
): InsideLocation | undefined {
  const parts = parse(location);
  if (parts === undefined) return undefined;
  const { origin, rest } = parts;
  const [signed = ""] = rest.split("#", 1);
  const path = signed.startsWith("/") ? signed : `/${signed}`;
  if (origin === undefined || own.includes(origin)) return { origin: undefined, path };
  return isSafe(origin, rest, outside) ? { origin, path } : undefined;
}
