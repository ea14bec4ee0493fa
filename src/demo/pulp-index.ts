/** The Flatpak index of the Pulp stand-in: images with their labels, filtered by the query. */
import type { DemoImage, DemoManifest } from "./images.ts";
import { jsonReply, type PulpReply, type PulpRequest } from "./pulp-replies.ts";

/** Conditions for an image to be listed. */
interface Filter {
  readonly repositories: readonly string[];
  readonly tags: readonly string[];
  readonly systems: readonly string[];
  readonly architectures: readonly string[];
  /** Labels that must exist. */
  readonly present: readonly string[];
  /** Labels with the values that they must have. */
  readonly equal: readonly (readonly [label: string, value: string])[];
}

const EXISTS = "label:org.flatpak.ref:exists";
const PARAMETERS = ["repository", "tag", "os", "architecture"];

const badRequest = (detail: string): PulpReply =>
  jsonReply(400, { detail }, { Allow: "GET, HEAD, OPTIONS", Vary: "Accept", "X-Frame-Options": "DENY" });

/** Returns Pulp's error message for an invalid parameter. */
function complaint([name, value]: readonly [string, string]): string | undefined {
  if (name.startsWith("label:")) {
    return name.endsWith(":exists") && value !== "1" ? `${name} must have value 1.` : undefined;
  }
  return PARAMETERS.includes(name) ? undefined : `Unsupported ${name}.`;
}

function filterOf(pairs: readonly (readonly [string, string])[]): Filter {
  const values = (wanted: string) => pairs.flatMap(([name, value]) => (name === wanted ? [value] : []));
  const labels = pairs.filter(([name]) => name.startsWith("label:"));
  return {
    repositories: values("repository"),
    tags: values("tag"),
    systems: values("os"),
    architectures: values("architecture"),
    present: labels.flatMap(([name]) => /^label:(.+):exists$/.exec(name)?.[1] ?? []),
    equal: labels
      .filter(([name]) => !name.endsWith(":exists"))
      .map(([name, value]) => [name.slice("label:".length), value] as const),
  };
}

interface Configuration {
  readonly architecture: string;
  readonly os: string;
  readonly config: { readonly Labels: Readonly<Record<string, string>> };
}

const fits = (wanted: readonly string[], value: string): boolean =>
  wanted.length === 0 || wanted.includes(value);

/** Makes the entry of one image; undefined if it does not match, or has no configuration. */
function imageEntry({ digest, mediaType, body }: DemoManifest, image: DemoImage, filter: Filter) {
  const manifest: { config?: { digest: string } } = JSON.parse(body.toString());
  const blob = image.blobs.get(manifest.config?.digest ?? "");
  if (blob === undefined) return undefined;
  const { architecture, os, config }: Configuration = JSON.parse(blob.toString());
  const { Labels } = config;
  const Tags = [...image.tags].flatMap(([tag, one]) =>
    one === digest && fits(filter.tags, tag) ? [tag] : [],
  );
  const wanted =
    Tags.length > 0 &&
    fits(filter.systems, os) &&
    fits(filter.architectures, architecture) &&
    filter.present.every((label) => label in Labels) &&
    filter.equal.every(([label, value]) => Labels[label] === value);
  return wanted
    ? { Tags, Digest: digest, MediaType: mediaType, OS: os, Architecture: architecture, Labels }
    : undefined;
}

/** Replies to `/index/static` and `/index/dynamic`. @param registry origin that Pulp is configured with */
export function indexReply(
  request: PulpRequest,
  images: ReadonlyMap<string, DemoImage>,
  registry: string,
): PulpReply {
  const pairs = [...new URLSearchParams(request.query)];
  const [wrong] = pairs.flatMap((pair) => complaint(pair) ?? []);
  if (wrong !== undefined) return badRequest(wrong);
  if (!pairs.some(([name]) => name === EXISTS)) return badRequest(`Missing ${EXISTS}=1.`);
  const filter = filterOf(pairs);
  const Results = [...images.values()]
    .filter(({ name }) => fits(filter.repositories, name))
    .flatMap((image) => {
      const Images = [...image.manifests.values()].flatMap((one) => imageEntry(one, image, filter) ?? []);
      return Images.length === 0 ? [] : [{ Name: image.name, Images }];
    });
  const headers = { Allow: "GET, HEAD, OPTIONS", Vary: "Accept", "X-Frame-Options": "DENY" };
  return jsonReply(200, { Registry: registry, Results }, headers);
}
