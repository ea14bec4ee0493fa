/** Reads the `Authorization` header. */
import { hash } from "node:crypto";

/** Credentials of a request. `malformed` is a header that can't be parsed; it is never treated as `none`. */
export type Credentials =
  | { readonly kind: "none" }
  | { readonly kind: "malformed" }
  | { readonly kind: "bearer"; readonly token: string }
  | { readonly kind: "basic"; readonly name: string; readonly authorization: string };

/** Credentials of a request without the header. */
export const NO_CREDENTIALS: Credentials = { kind: "none" };

/** Token that Katello issues to anonymous callers. */
export const ANONYMOUS_TOKEN = "unauthenticated";

/**
 * Scheme and value. A Bearer token is any visible ASCII: Katello's are hashes such as `$2a$04$...`, and RFC 6750 does not
 * allow `$`. The setting `max_header_bytes` limits the length.
 */
const HEADER = /^([A-Za-z]+) +([\x21-\x7e]+) *$/;
const MALFORMED = { kind: "malformed" } as const;

/** Base64 that all decoders read alike: Katello gets the same text and must decode the same name. */
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Parses Basic credentials (RFC 7617): the name ends at the first colon, the password may contain more; neither may
 * contain control characters. The scheme is normalized to `Basic`, the only spelling that Foreman accepts.
 */
function basic(encoded: string): Credentials {
  if (!BASE64.test(encoded)) return MALFORMED;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  // docker search sends these over https when it is not logged in.
  if (text === ":") return NO_CREDENTIALS;
  const colon = text.indexOf(":");
  return colon <= 0 || /[\p{Cc}\ufffd]/u.test(text)
    ? MALFORMED
    : { kind: "basic", name: text.slice(0, colon), authorization: `Basic ${encoded}` };
}

/** Converts a name and a password from a form to credentials. */
export function basicCredentials(name: string, password: string): Credentials {
  return name.includes(":") ? MALFORMED : basic(Buffer.from(`${name}:${password}`).toString("base64"));
}

/**
 * Reads the credentials of a request.
 * @param lines number of lines with this header: a repeated one is malformed
 */
export function readCredentials(authorization: string, lines: number): Credentials {
  if (lines > 1) return MALFORMED;
  const [, scheme, value] = HEADER.exec(authorization) ?? [];
  if (scheme === undefined || value === undefined) return MALFORMED;
  if (scheme.toLowerCase() === "bearer") return { kind: "bearer", token: value };
  return scheme.toLowerCase() === "basic" ? basic(value) : MALFORMED;
}

/** SHA-256 of a token in hexadecimal, the only form in which tokens are stored. */
export const tokenChecksum = (token: string): string => hash("sha256", token);
