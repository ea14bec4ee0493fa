/** The settings in effect, as operators may see them: with the origin of each, and without secrets. */
import type { components } from "../generated/openapi.ts";
import { GROUPS, type Settings } from "../settings/keys.ts";
import { type Listen, listenText } from "../settings/listen-address.ts";
import { placesOf } from "../settings/load.ts";

type EffectiveSetting = components["schemas"]["EffectiveSetting"];

/** Hides the password in a URL, in its user part and in its query. */
function withoutPassword(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.password === "" && !url.searchParams.has("password")) return text;
  if (url.password !== "") url.password = "hidden";
  if (url.searchParams.has("password")) url.searchParams.set("password", "hidden");
  return url.href;
}

const isListen = (value: object): value is Listen => "transport" in value;

function textOf(value: unknown): string {
  if (value === undefined) return "";
  if (typeof value === "string") return withoutPassword(value);
  if (Array.isArray(value)) return value.map(textOf).join(", ");
  if (typeof value !== "object" || value === null) return String(value);
  // Certificates and keys are shown by their paths only.
  if ("path" in value && "text" in value) {
    const others = "alternatives" in value ? textOf(value.alternatives) : "";
    return [String(value.path), others].filter(Boolean).join(", ");
  }
  return isListen(value) ? listenText(value) : "";
}

/** Lists all settings in the order of the documentation. */
export function effectiveSettings(settings: Settings): EffectiveSetting[] {
  const places = placesOf(settings);
  const values: Readonly<Record<string, unknown>> = settings;
  return GROUPS.flatMap(({ title, keys }) =>
    Object.entries(keys).map(([name, { description = "" }]) => ({
      name,
      group: title,
      value: textOf(values[name]),
      origin: places.get(name) ?? "default",
      description,
    })),
  );
}
