/** Paths of requests. */
import { MULTI_SEGMENT } from "../generated/client.ts";

function encode(segment: string): string {
  // A URL takes both for a way to another path, encoded or not: the request would be another operation's.
  if (segment === "." || segment === "..") throw new Error(`a path can't have the segment ${segment}`);
  return encodeURIComponent(segment).replaceAll("%3A", ":");
}

/**
 * Fills the parameters into a path. The slashes of names such as `acme/apps/shop` stay as they are.
 * @throws Error for the segments `.` and `..`
 */
export const pathOf = (path: string, parameters: Record<string, unknown>): string =>
  path.replace(/\{([^}]+)\}/g, (_, name: string) => {
    const text = String(parameters[name] ?? "");
    return MULTI_SEGMENT.has(name) ? text.split("/").map(encode).join("/") : encode(text);
  });
