/** Host and port, as in URLs, `Host` headers and the headers of reverse proxies. */
import { isIP } from "node:net";

const HOST_PORT = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/;

/** True for a host with or without a port (RFC 3986 section 3.2) that can be part of a URL. */
export const isHostPort = (text: string): boolean => HOST_PORT.test(text) && URL.canParse(`https://${text}`);

/** Normalized host of a `host:port` text, for comparison; undefined if the text is invalid. */
export const hostOf = (hostPort: string): string | undefined =>
  isHostPort(hostPort) ? new URL(`https://${hostPort}`).hostname : undefined;

/**
 * Converts a DNS name or an address to the host of a URL: IPv6 in brackets, without the zone, which is local to a machine.
 * @returns undefined for names that can't be a host, such as `*.example.org`
 */
export function asHost(name: string): string | undefined {
  if (isIP(name) !== 6) return hostOf(name);
  return hostOf(name.replace(/^::ffff:(?=\d+\.)/i, "")) ?? hostOf(`[${name.replace(/%.*$/, "")}]`);
}
