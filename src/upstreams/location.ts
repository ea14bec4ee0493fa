/** Where Pulp's redirects lead, seen from outside. */

/** Which origins are Pulp's own, and by which one clients reach them. */
export interface LocationRules {
  /** Scheme, host and port of `pulp_endpoint` and `pulp_content_origins`. */
  readonly own: readonly string[];
  /** Scheme, host and port of `client_endpoint`. */
  readonly outside: string;
}

const ABSOLUTE = /^(https?:\/\/[^/?#]+)([/?#].*)?$/i;

/**
 * A redirect's target as the client is to see it. Path and query are signed and stay byte for byte as they are; where
 * the origin isn't Pulp's own (object storage), so does everything. Undefined for what is no usable target.
 */
export function outsideLocation(location: string, { own, outside }: LocationRules): string | undefined {
  if (!/^[\x21-\x7e]+$/.test(location)) return undefined;
  if (/^\/(?!\/)/.test(location)) return outside + location;
  const [, origin, rest = ""] = ABSOLUTE.exec(location) ?? [];
  if (origin === undefined || origin.includes("@") || !URL.canParse(location)) return undefined;
  return own.includes(new URL(origin).origin) ? outside + rest : location;
}

/** Path and query of a redirect's target that is Pulp's own, to be followed from here; undefined for any other. */
export function insideLocation(location: string, { own }: LocationRules): string | undefined {
  if (!/^[\x21-\x7e]+$/.test(location)) return undefined;
  if (/^\/(?!\/)/.test(location)) return location;
  const [, origin, rest = "/"] = ABSOLUTE.exec(location) ?? [];
  return origin !== undefined && URL.canParse(location) && own.includes(new URL(origin).origin)
    ? rest
    : undefined;
}
