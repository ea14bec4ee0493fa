/** Pulp's content negotiation, which differs between manifests and everything else below `/v2/`. */
import type { Generation } from "./pulp-replies.ts";

const entries = (accept: string | undefined): string[] =>
  (accept ?? "").split(",").flatMap((entry) => entry.trim() || []);
const withoutParameters = (entry: string): string => (entry.split(";")[0] ?? "").trim();

/**
 * Returns true if `Accept` allows the manifest of a tag. Media types are compared case-sensitively; q-values are ignored. The
 * older generation requires the manifest's own media type, without parameters; the newer one also accepts the wildcard for all
 * types, or no header at all.
 */
export function takesManifest(
  accept: string | undefined,
  mediaType: string,
  generation: Generation,
): boolean {
  if (generation === "2.27") return entries(accept).includes(mediaType);
  const accepted = entries(accept).map(withoutParameters);
  return accepted.length === 0 || accepted.some((type) => type === "*/*" || type === mediaType);
}

/**
 * Chooses the format of the other views as the framework does; undefined if neither JSON nor its HTML page is acceptable (406).
 * Full media types take precedence over wildcards for the subtype, and these over the wildcard for all; then JSON comes first.
 */
export function chooseForm(accept: string | undefined): "json" | "html" | undefined {
  const accepted = entries(accept || "*/*").map((entry) => withoutParameters(entry).toLowerCase());
  const tiers = [
    { json: "application/json", html: "text/html" },
    { json: "application/*", html: "text/*" },
    { json: "*/*", html: "*/*" },
  ];
  for (const tier of tiers) {
    if (accepted.includes(tier.json)) return "json";
    if (accepted.includes(tier.html)) return "html";
  }
  return undefined;
}
