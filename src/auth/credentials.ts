/** The `Authorization` header, read once. */
import { hash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { headerLines } from "../connection/header-lines.ts";

/** What a caller shows. `malformed` is a header that can't be read: it never counts as no credentials. */
export type Credentials =
  | { readonly kind: "none" }
  | { readonly kind: "malformed" }
  | { readonly kind: "bearer"; readonly token: string }
  | { readonly kind: "basic"; readonly name: string; readonly authorization: string };

/** The token that Katello gives to everybody. */
export const ANONYMOUS_TOKEN = "unauthenticated";

/**
 * A Bearer token is any visible ASCII: Katello's are stored hashes such as `$2a$04$...`, and RFC 6750's characters lack `$`.
 * How long one may be is bounded with the headers (`max_header_bytes`).
 */
const HEADER = /^([A-Za-z]+) +([\x21-\x7e]+) *$/;
const MALFORMED = { kind: "malformed" } as const;

/** Base64 in the one alphabet that every reader decodes alike: Katello gets the same text, and has to read the same name. */
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Reads Basic credentials (RFC 7617): the name ends at the first colon, the password may hold more of them; no control
 * characters in either. Foreman looks at the scheme in the letters `Basic` only, however the client writes it.
 */
function basic(encoded: string): Credentials {
  if (!BASE64.test(encoded)) return MALFORMED;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  // docker searches over https with these where it has no login.
  if (text === ":") return { kind: "none" };
  const colon = text.indexOf(":");
  return colon <= 0 || /[\p{Cc}\ufffd]/u.test(text)
    ? MALFORMED
    : { kind: "basic", name: text.slice(0, colon), authorization: `Basic ${encoded}` };
}

/** Credentials of a name and a password that came in a form, as the header would have carried them. */
export function basicCredentials(name: string, password: string): Credentials {
  return name.includes(":") ? MALFORMED : basic(Buffer.from(`${name}:${password}`).toString("base64"));
}

/** Reads the credentials of a request; two headers are malformed, since it is open which would count. */
export function readCredentials(request: IncomingMessage): Credentials {
  const { authorization } = request.headers;
  if (authorization === undefined) return { kind: "none" };
  if (headerLines(request, "authorization") > 1) return MALFORMED;
  const [, scheme, value] = HEADER.exec(authorization) ?? [];
  if (scheme === undefined || value === undefined) return MALFORMED;
  if (scheme.toLowerCase() === "bearer") return { kind: "bearer", token: value };
  return scheme.toLowerCase() === "basic" ? basic(value) : MALFORMED;
}

/** SHA-256 of a token in hexadecimal: the only form in which tokens are kept. */
export const tokenChecksum = (token: string): string => hash("sha256", token);
