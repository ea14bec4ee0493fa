/** The `Authorization` header, read once. */
import { hash } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** What a caller shows. `malformed` is a header that can't be read: it never counts as no credentials. */
export type Credentials =
  | { readonly kind: "none" }
  | { readonly kind: "malformed" }
  | { readonly kind: "bearer"; readonly token: string }
  | { readonly kind: "basic"; readonly name: string; readonly authorization: string };

/** The token that Katello gives to everybody. */
export const ANONYMOUS_TOKEN = "unauthenticated";

const LONGEST = 8192;
const HEADER = /^([A-Za-z]+) +([A-Za-z0-9._~+/-]+=*) *$/;
const MALFORMED = { kind: "malformed" } as const;

/** Base64 with the one alphabet that everybody reads alike: Katello is sent the same text, and has to read the same name. */
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** RFC 7617: the name ends at the first colon, the password may hold more of them; no control characters in either. */
function basic(encoded: string, authorization: string): Credentials {
  if (!BASE64.test(encoded)) return MALFORMED;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  // docker searches over https with these where it has no login.
  if (text === ":") return { kind: "none" };
  const colon = text.indexOf(":");
  return colon <= 0 || /[\p{Cc}\ufffd]/u.test(text)
    ? MALFORMED
    : { kind: "basic", name: text.slice(0, colon), authorization };
}

/** A name and a password that came in some other way than a header, as the header would have carried them. */
export function basicCredentials(name: string, password: string): Credentials {
  const encoded = Buffer.from(`${name}:${password}`).toString("base64");
  return name.includes(":") || encoded.length > LONGEST ? MALFORMED : basic(encoded, `Basic ${encoded}`);
}

/** Reads the credentials of a request; two headers are malformed, since it is open which would count. */
export function readCredentials(request: IncomingMessage): Credentials {
  const [authorization, second] = request.headersDistinct.authorization ?? [];
  if (authorization === undefined) return { kind: "none" };
  if (second !== undefined || authorization.length > LONGEST) return MALFORMED;
  const [, scheme, value] = HEADER.exec(authorization) ?? [];
  if (scheme === undefined || value === undefined) return MALFORMED;
  if (scheme.toLowerCase() === "bearer") return { kind: "bearer", token: value };
  return scheme.toLowerCase() === "basic" ? basic(value, authorization) : MALFORMED;
}

/** SHA-256 of a token in hexadecimal: the only form in which tokens are kept. */
export const tokenChecksum = (token: string): string => hash("sha256", token);
