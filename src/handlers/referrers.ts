/** Referrers of a manifest: signatures, attestations, software bills of materials. */
import type { Authorize } from "../auth/authorize.ts";
import type { components } from "../generated/openapi.ts";
import type { DigestRequest, ReferrerLists } from "../model/content.ts";
import { registryError } from "../model/errors.ts";
import { type Digest, type ForeignDigest, isForeignDigest } from "../model/names.ts";
import type { Handlers } from "../model/operations.ts";
import { OmittedBody } from "../model/reply-body.ts";
import { pulpRequestOf } from "./pulp-request.ts";

type Signatures = components["schemas"]["Signatures"];

/** Lists signatures. */
export interface SignatureLists {
  /** Signatures in the format of the extension API that podman and skopeo use. */
  signatures(request: DigestRequest): Promise<Signatures>;
}

/** Dependencies of the handlers of referrers and signatures. */
export interface ReferrersOptions {
  readonly authorize: Authorize;
  readonly referrerLists: ReferrerLists;
  readonly signatureLists: SignatureLists;
}

type ReferrersHandlers = Pick<
  Handlers,
  "getReferrers" | "headReferrers" | "getSignatures" | "headSignatures"
>;

/**
 * Returns the digest of a call.
 * @throws RegistryError MANIFEST_UNKNOWN for an algorithm that Pulp does not use
 */
function requirePulpDigest({
  path: { digest },
}: {
  readonly path: { readonly digest: Digest | ForeignDigest };
}): Digest {
  if (isForeignDigest(digest)) throw registryError("MANIFEST_UNKNOWN", { detail: { digest } });
  return digest;
}

/** Creates the handlers of referrers and signatures. */
export function createReferrers({
  authorize,
  referrerLists,
  signatureLists,
}: ReferrersOptions): ReferrersHandlers {
  const filtered = (artifactType: string | undefined) =>
    artifactType === undefined ? {} : ({ "OCI-Filters-Applied": "artifactType" } as const);

  const referrers: Handlers["getReferrers"] = async (call) => {
    await authorize(call);
    const { digest } = call.path;
    // A manifest that can't be in Pulp has no referrers.
    const all = isForeignDigest(digest) ? [] : await referrerLists.referrers(pulpRequestOf(call, { digest }));
    const { artifactType } = call.query;
    const manifests =
      artifactType === undefined ? all : all.filter((one) => one.artifactType === artifactType);
    return {
      status: 200,
      headers: filtered(artifactType),
      body: {
        schemaVersion: 2,
        mediaType: "application/vnd.oci.image.index.v1+json",
        manifests: [...manifests],
      },
    };
  };

  const signatures: Handlers["getSignatures"] = async (call) => {
    await authorize(call);
    return {
      status: 200,
      body: await signatureLists.signatures(pulpRequestOf(call, { digest: requirePulpDigest(call) })),
    };
  };

  // Every digest has a list, which may be empty: no request to Pulp is needed.
  const headReferrers: Handlers["headReferrers"] = async (call) => {
    await authorize(call);
    return { status: 200, headers: filtered(call.query.artifactType), body: new OmittedBody() };
  };

  const headSignatures: Handlers["headSignatures"] = async (call) => {
    await authorize(call);
    requirePulpDigest(call);
    return { status: 200, body: new OmittedBody() };
  };

  return {
    getReferrers: referrers,
    headReferrers,
    getSignatures: signatures,
    headSignatures,
  };
}
