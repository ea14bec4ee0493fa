/** The manifest of the repository that the suite pulls. */
import type { Probe } from "./probe.ts";

const MANIFEST_TYPES = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** Headers of a request for a manifest. */
export const accept = { accept: MANIFEST_TYPES };

/** Path of the manifest, by default by the tag that is pulled. */
export const manifestPath = ({ target }: Probe, reference: string = target.tag): string =>
  `/v2/${target.repository}/manifests/${reference}`;
