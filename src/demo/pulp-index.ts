/** The Flatpak index of the Pulp stand-in: images with their labels, chosen by what the query says. */
import type { DemoImage, DemoManifest } from "./images.ts";
import { type Answer, type Ask, jsonAnswer } from "./pulp-answers.ts";

/** What an image must be to be listed. */
interface Choice {
  readonly repositories: readonly string[];
  readonly tags: readonly string[];
  readonly systems: readonly string[];
  readonly architectures: readonly string[];
  /** Labels that must be there. */
  readonly present: readonly string[];
  /** Labels and what they must say. */
  readonly equal: readonly (readonly [label: string, value: string])[];
}

const EXISTS = "label:org.flatpak.ref:exists";
const KNOWN = ["repository", "tag", "os", "architecture"];

const badRequest = (detail: string): Answer =>
  jsonAnswer(400, { detail }, { Allow: "GET, HEAD, OPTIONS", Vary: "Accept", "X-Frame-Options": "DENY" });

/** A complaint about a parameter, in Pulp's words. */
function complaint([name, value]: readonly [string, string]): string | undefined {
  if (name.startsWith("label:")) {
    return name.endsWith(":exists") && value !== "1" ? `${name} must have value 1.` : undefined;
  }
  return KNOWN.includes(name) ? undefined : `Unsupported ${name}.`;
}

function choiceOf(pairs: readonly (readonly [string, string])[]): Choice {
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

/** The entry of one image; undefined if it is not wanted, or has no configuration. */
function imageEntry({ digest, mediaType, body }: DemoManifest, image: DemoImage, choice: Choice) {
  const manifest: { config?: { digest: string } } = JSON.parse(body.toString());
  const blob = image.blobs.get(manifest.config?.digest ?? "");
  if (blob === undefined) return undefined;
  const { architecture, os, config }: Configuration = JSON.parse(blob.toString());
  const { Labels } = config;
  const Tags = [...image.tags].flatMap(([tag, one]) =>
    one === digest && fits(choice.tags, tag) ? [tag] : [],
  );
  const wanted =
    Tags.length > 0 &&
    fits(choice.systems, os) &&
    fits(choice.architectures, architecture) &&
    choice.present.every((label) => label in Labels) &&
    choice.equal.every(([label, value]) => Labels[label] === value);
  return wanted
    ? { Tags, Digest: digest, MediaType: mediaType, OS: os, Architecture: architecture, Labels }
    : undefined;
}

/** Answers `/index/static` and `/index/dynamic`. @param registry the origin that Pulp is configured with */
export function answerIndex(ask: Ask, images: ReadonlyMap<string, DemoImage>, registry: string): Answer {
  const pairs = [...new URLSearchParams(ask.query)];
  const [wrong] = pairs.flatMap((pair) => complaint(pair) ?? []);
  if (wrong !== undefined) return badRequest(wrong);
  if (!pairs.some(([name]) => name === EXISTS)) return badRequest(`Missing ${EXISTS}=1.`);
  const choice = choiceOf(pairs);
  const Results = [...images.values()]
    .filter(({ name }) => fits(choice.repositories, name))
    .flatMap((image) => {
      const Images = [...image.manifests.values()].flatMap((one) => imageEntry(one, image, choice) ?? []);
      return Images.length === 0 ? [] : [{ Name: image.name, Images }];
    });
  const headers = { Allow: "GET, HEAD, OPTIONS", Vary: "Accept", "X-Frame-Options": "DENY" };
  return jsonAnswer(200, { Registry: registry, Results }, headers);
}
