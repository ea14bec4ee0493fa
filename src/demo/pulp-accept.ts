/** How Pulp reads an `Accept` header: in one way for manifests, in another for everything else below `/v2/`. */
import type { Generation } from "./pulp-answers.ts";

const entries = (accept: string | undefined): string[] =>
  (accept ?? "").split(",").flatMap((entry) => entry.trim() || []);
const withoutParameters = (entry: string): string => (entry.split(";")[0] ?? "").trim();

/**
 * Whether a tag's manifest may be given out. Names are compared letter by letter; q-values do not count. The older
 * generation wants the manifest's own media type, without parameters; the newer also takes the wildcard for all types, or no header at all.
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
 * What the framework makes of the other views, undefined if neither JSON nor its HTML page will do (406). Full names win
 * over those with a wildcard for the subtype, and these over the wildcard for all; among equals JSON comes first.
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
