/** Paths of requests. */
import { MULTI_SEGMENT } from "../generated/client.ts";

const encode = (text: string): string => encodeURIComponent(text).replaceAll("%3A", ":");

/** Fills the parameters into a path. The slashes of names such as `acme/apps/shop` stay as they are. */
export const pathOf = (path: string, parameters: Record<string, unknown>): string =>
  path.replace(/\{([^}]+)\}/g, (_, name: string) => {
    const text = String(parameters[name] ?? "");
    return MULTI_SEGMENT.has(name) ? text.split("/").map(encode).join("/") : encode(text);
  });
