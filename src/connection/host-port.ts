/** Host and port as a URL has them, and as `Host` headers and proxies name them. */
import { isIP } from "node:net";

const AUTHORITY = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/;

/** Whether a text is a host with or without its port (RFC 3986 section 3.2), and can stand in a URL. */
export const isHostPort = (text: string): boolean => AUTHORITY.test(text) && URL.canParse(`https://${text}`);

/** The host of an authority in the one form in which hosts can be compared; undefined for what is no authority. */
export const hostOf = (authority: string): string | undefined =>
  isHostPort(authority) ? new URL(`https://${authority}`).hostname : undefined;

/**
 * A DNS name or an address as the host of a URL: IPv6 in brackets, without a zone, which means nothing to others.
 * @returns undefined for what can't be one, such as `*.example.org`
 */
export function asHost(name: string): string | undefined {
  if (isIP(name) !== 6) return hostOf(name);
  return hostOf(name.replace(/^::ffff:(?=\d+\.)/i, "")) ?? hostOf(`[${name.replace(/%.*$/, "")}]`);
}
