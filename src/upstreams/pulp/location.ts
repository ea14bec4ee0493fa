/** Where Pulp's redirects lead, seen from outside and from here. */

/** Which origins are Pulp's own, and by which one clients reach them. */
export interface LocationRules {
  /** Scheme, host and port of `pulp_endpoint` and `pulp_content_origins`. */
  readonly own: readonly string[];
  /** Scheme, host and port of `client_endpoint`. */
  readonly outside: string;
}

interface Parts {
  /** Undefined for a path on the host that was asked. */
  readonly origin: string | undefined;
  /** Path and query are signed and stay byte for byte as they are. */
  readonly rest: string;
}

function parse(location: string): Parts | undefined {
  if (!/^[\x21-\x7e]+$/.test(location)) return undefined;
  if (/^\/(?!\/)/.test(location)) return { origin: undefined, rest: location };
  const [, written, rest = ""] = /^(https?:\/\/[^/?#]+)([/?#].*)?$/i.exec(location) ?? [];
  if (written === undefined || written.includes("@") || !URL.canParse(location)) return undefined;
  return { origin: new URL(written).origin, rest };
}

/** Signatures in a query: of Pulp, S3 (version 4; version 2 and CloudFront), Google, Azure. */
const SIGNATURE = /^[^#]*[?&](?:validate_token|X-Amz-Signature|Signature|X-Goog-Signature|sig)=[^&#]/;

/**
 * Clients are sent elsewhere only to what was signed for them, and by https, unless their own way to Pulp is no better.
 */
const isSafe = (origin: string, rest: string, outside: string): boolean =>
  SIGNATURE.test(rest) && (origin.startsWith("https:") || outside.startsWith("http:"));

/**
 * A redirect's target as the client is to see it. Where the origin isn't Pulp's own (object storage), it stays as it is.
 * Undefined for what is no usable target.
 */
export function outsideLocation(location: string, { own, outside }: LocationRules): string | undefined {
  const parts = parse(location);
  if (parts === undefined) return undefined;
  const { origin, rest } = parts;
  if (origin === undefined || own.includes(origin)) return outside + rest;
  return isSafe(origin, rest, outside) ? location : undefined;
}

/** What is wrong with a target that is none, for an operator. Its path and query may hold a signature, and are not told. */
export function problemOf(location: string): string {
  if (location === "") return "redirects without a Location";
  const origin = parse(location)?.origin;
  return origin === undefined
    ? "redirects to something that is no URL"
    : `redirects to ${origin}: name it in pulp_content_origins if it is Pulp's own; anywhere else must be presigned, and reached by https`;
}

/** A place that the gateway itself can ask. */
export interface InsideLocation {
  /** Undefined for Pulp itself. */
  readonly origin: string | undefined;
  readonly path: string;
}

/** A redirect's target as the gateway is to ask for it; undefined for what is no usable target. */
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
