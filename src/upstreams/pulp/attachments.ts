/**
 * Referrers and signatures of manifests. Pulp has no referrers API yet, so the list is built from the tags that clients push
 * to such registries (distribution specification, "Referrers Tag Schema") and from cosign's tags.
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
/** Time until a route that Pulp did not have is tried again. */
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

/** Returns the tag for a digest; algorithm and value are truncated to what a tag can hold. */
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

/** Describes a manifest. Its artifact type is its own, or that of its configuration. */
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

/** Makes the request for a manifest of any type. */
const manifestOf = ({ name, headers, cancellation }: ContentRequest, reference: string) => ({
  path: `/v2/${name}/manifests/${reference}`,
  headers: { ...withoutConditions(headers), accept: ANY_MANIFEST },
  cancellation,
});

/** Finds referrers and signatures of manifests in Pulp. */
export class Attachments implements ReferrerLists {
  readonly #documents: Documents;
  #noRouteUntil = 0;

  constructor(documents: Documents) {
    this.#documents = documents;
  }

  /** Lists the referrers of a manifest, each digest once; empty if the manifest does not exist. */
  async referrers(request: DigestRequest): Promise<Descriptor[]> {
    if (!(await this.#documents.has(manifestOf(request, request.digest)))) return [];
    const own = await this.#ownReferrers(request);
    if (own !== undefined) return own;
    const tag = tagOf(request.digest);
    const [index, ...cosign] = await Promise.all([
      this.#manifest(request, tag),
      ...COSIGN_SUFFIXES.map((suffix) => this.#manifest(request, `${tag}.${suffix}`)),
    ]);
    const listed = index?.mediaType === INDEX ? (parse(IndexShape, index.text)?.manifests ?? []) : [];
    const signed = cosign.flatMap((document) => (document === undefined ? [] : describe(document)));
    return [...new Map([...signed, ...listed].map((one) => [one.digest, one])).values()];
  }

  /**
   * Returns the signatures that podman and skopeo request; none if Pulp lacks the route.
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
      limitBytes: MAX_DOCUMENT_BYTES,
      cancellation,
    });
    if (document === "no route") return { signatures: [] };
    if (document === "unknown") throw registryError("MANIFEST_UNKNOWN", { detail: { digest } });
    const signatures = parse(SignaturesShape, document.text);
    if (signatures === undefined) throw this.#documents.unusable("does not reply with signatures");
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
      limitBytes: MAX_DOCUMENT_BYTES,
      cancellation,
    });
    if (found === "no route") this.#noRouteUntil = performance.now() + ROUTE_RETRY_MS;
    return typeof found === "string" ? undefined : parse(IndexShape, found.text)?.manifests;
  }

  #manifest(request: ContentRequest, tag: string): Promise<Document | undefined> {
    return this.#documents.document({ ...manifestOf(request, tag), limitBytes: MAX_DOCUMENT_BYTES });
  }
}
