/** Signs requests with the OAuth key of a Foreman server: OAuth 1.0 without a token (RFC 5849). */
import { createHmac, randomBytes } from "node:crypto";

/** Consumer key and secret of Foreman's settings `oauth_consumer_key` and `oauth_consumer_secret`. */
export interface OauthKey {
  readonly key: string;
  readonly secret: string;
}

/** A request to sign. */
export interface SignedRequest {
  readonly method: string;
  readonly url: URL;
}

/** Percent-encodes all but unreserved characters (RFC 5849 section 3.6). */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

const NONCE_BYTES = 16;

/**
 * Value of the `Authorization` header.
 * @param now time in milliseconds
 * @param nonce text that no other request of the same second has
 */
export function oauthHeader(
  { method, url }: SignedRequest,
  { key, secret }: OauthKey,
  now = Date.now(),
  nonce = randomBytes(NONCE_BYTES).toString("hex"),
): string {
  const parameters = {
    oauth_consumer_key: key,
    oauth_nonce: nonce,
    oauth_signature_method: "HMAC-SHA1",
    oauth_timestamp: String(Math.floor(now / 1000)),
    oauth_version: "1.0",
  };
  const pairs = [...Object.entries(parameters), ...url.searchParams].map(([name, value]) => [
    encode(name),
    encode(value),
  ]);
  const normalized = pairs
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join("&");
  const base = [method, `${url.origin}${url.pathname}`, normalized].map(encode).join("&");
  const signature = createHmac("sha1", `${encode(secret)}&`)
    .update(base)
    .digest("base64");
  const values = Object.entries({ ...parameters, oauth_signature: signature });
  return `OAuth ${values.map(([name, value]) => `${name}="${encode(value)}"`).join(", ")}`;
}
