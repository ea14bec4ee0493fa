/**
 * What is attached to a manifest. Pulp has no referrers of its own yet, so they are made of the tags that clients write
 * where a registry has none (distribution specification, "Referrers Tag Schema") and of the tags that cosign writes.
 */
import { z } from "zod";
import {
  type ContentRequest,
  type Descriptor,
  type DigestRequest,
  type ReferrerLists,
  withoutConditions,
} from "../../model/content.ts";
import { registryError } from "../../model/errors.ts";
import { ANY_MANIFEST } from "../../model/media-types.ts";
import type { Digest } from "../../model/names.ts";
import type { Document, PulpDocuments } from "./documents.ts";

type Documents = Pick<PulpDocuments, "document" | "documentOr" | "has" | "unusable">;

const INDEX = "application/vnd.oci.image.index.v1+json";
const COSIGN_SUFFIXES = ["sig", "att", "sbom"] as const;
const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;
/** How long Pulp is not asked again for a route that it doesn't have, in milliseconds. */
const ROUTE_RETRY_MS = 600_000;

const Annotations = z.record(z.string(), z.string());
const DescriptorShape = z.looseObject({
  mediaType: z.string(),
  digest: z.string(),
  size: z.number().int(),
  artifactType: z.string().exactOptional(),
  annotations: Annotations.exactOptional(),
});
const IndexShape = z.object({ manifests: z.array(DescriptorShape) });
const ManifestShape = z.object({
  artifactType: z.string().optional(),
  config: z.object({ mediaType: z.string() }).optional(),
  annotations: Annotations.optional(),
});
const SignaturesShape = z.object({ signatures: z.array(z.looseObject({})) });

/** The tag of a digest: algorithm and value are cut to what a tag can hold. */
function tagOf(digest: Digest): string {
  const [algorithm = "", hex = ""] = digest.split(":");
  return `${algorithm.slice(0, 32)}-${hex.slice(0, 64)}`;
}

function parse<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** A manifest as a descriptor: its type is the one it names, or that of its configuration. */
function describe({ text, mediaType, digest }: Document): Descriptor[] {
  const manifest = parse(ManifestShape, text);
  if (manifest === undefined || digest === undefined) return [];
  const { annotations } = manifest;
  const artifactType = manifest.artifactType ?? manifest.config?.mediaType;
  return [
    {
      mediaType,
      digest,
      size: Buffer.byteLength(text),
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  ];
}

/** The question for a manifest, whatever its type. */
const manifestOf = ({ name, headers, cancellation }: ContentRequest, reference: string) => ({
  path: `/v2/${name}/manifests/${reference}`,
  headers: { ...withoutConditions(headers), accept: ANY_MANIFEST },
  cancellation,
});

/** Referrers and signatures of manifests at Pulp. */
export class Attachments implements ReferrerLists {
  readonly #documents: Documents;
  #noRouteUntil = 0;

  constructor(documents: Documents) {
    this.#documents = documents;
  }

  /** What refers to a manifest, each digest once; nothing for a manifest that isn't there. */
  async referrers(question: DigestRequest): Promise<Descriptor[]> {
    if (!(await this.#documents.has(manifestOf(question, question.digest)))) return [];
    const own = await this.#ownReferrers(question);
    if (own !== undefined) return own;
    const tag = tagOf(question.digest);
    const [index, ...cosign] = await Promise.all([
      this.#manifest(question, tag),
      ...COSIGN_SUFFIXES.map((suffix) => this.#manifest(question, `${tag}.${suffix}`)),
    ]);
    const listed = index?.mediaType === INDEX ? (parse(IndexShape, index.text)?.manifests ?? []) : [];
    const signed = cosign.flatMap((document) => (document === undefined ? [] : describe(document)));
    return [...new Map([...signed, ...listed].map((one) => [one.digest, one])).values()];
  }

  /**
   * The signatures that podman and skopeo ask for; none where Pulp has no such route.
   * @throws RegistryError MANIFEST_UNKNOWN
   */
  async signatures({
    name,
    digest,
    headers,
    cancellation,
  }: DigestRequest): Promise<z.infer<typeof SignaturesShape>> {
    const document = await this.#documents.documentOr({
      path: `/extensions/v2/${name}/signatures/${digest}`,
      headers: { ...withoutConditions(headers), accept: "application/json" },
      limit: MAX_DOCUMENT_BYTES,
      cancellation,
    });
    if (document === "no route") return { signatures: [] };
    if (document === "unknown") throw registryError("MANIFEST_UNKNOWN", { detail: { digest } });
    const signatures = parse(SignaturesShape, document.text);
    if (signatures === undefined)
      throw this.#documents.unusable("answers with something else than signatures");
    return signatures;
  }

  async #ownReferrers({
    name,
    digest,
    headers,
    cancellation,
  }: DigestRequest): Promise<Descriptor[] | undefined> {
    if (performance.now() < this.#noRouteUntil) return undefined;
    const path = `/v2/${name}/referrers/${digest}`;
    const found = await this.#documents.documentOr({
      path,
      headers: { ...withoutConditions(headers), accept: INDEX },
      limit: MAX_DOCUMENT_BYTES,
      cancellation,
    });
    if (found === "no route") this.#noRouteUntil = performance.now() + ROUTE_RETRY_MS;
    return typeof found === "string" ? undefined : parse(IndexShape, found.text)?.manifests;
  }

  #manifest(question: ContentRequest, tag: string): Promise<Document | undefined> {
    return this.#documents.document({ ...manifestOf(question, tag), limit: MAX_DOCUMENT_BYTES });
  }
}
