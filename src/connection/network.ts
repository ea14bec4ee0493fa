/** Groups addresses by who is likely to control them. */
import { isIP } from "node:net";

const GROUPS = 8;
const NETWORK_GROUPS = 4;
const SITE_GROUPS = 3;
/** Sixth group of an IPv4-mapped IPv6 address; the five groups before it are zero. */
const MAPPED = 0xffff;

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  const hexadecimal = address
    .replace(/%.*$/, "")
    .replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
      const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
      return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
    });
  const [head = [], tail = []] = hexadecimal
    .split("::")
    .map((part) => part.split(":").flatMap((group) => (group === "" ? [] : Number.parseInt(group, 16))));
  const zeros = Array.from({ length: Math.max(0, GROUPS - head.length - tail.length) }, () => 0);
  return [...head, ...zeros, ...tail];
}

/** Returns an IPv4 address unchanged, an IPv4-mapped address as IPv4, and the first groups of any other IPv6 address. */
function firstGroups(address: string, count: number): string {
  if (!address.includes(":") || isIP(address) !== 6) return address;
  const groups = groupsOf(address);
  const [high = 0, low = 0] = groups.slice(6);
  if (groups[5] === MAPPED && groups.slice(0, 5).every((group) => group === 0))
    return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
  return groups
    .slice(0, count)
    .map((group) => group.toString(16))
    .join(":");
}

/** The address, or the /64 network of an IPv6 address: a client can use any address of its /64. */
export const networkOf = (address: string): string => firstGroups(address, NETWORK_GROUPS);

/** The address, or the /48 network of an IPv6 address: providers assign up to a /48 to one customer. */
export const siteOf = (address: string): string => firstGroups(address, SITE_GROUPS);
