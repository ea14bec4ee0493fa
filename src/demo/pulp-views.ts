/** Views of Pulp's registry: manifests, blobs, tags, catalog, signatures. */
import type { DemoImage } from "./images.ts";
import { takesManifest } from "./pulp-accept.ts";
import { emptyBlob } from "./pulp-content.ts";
import { pageOf } from "./pulp-pages.ts";
import {
  fromDjango,
  type Generation,
  jsonReply,
  type PulpReply,
  type PulpRequest,
  type RedirectStatus,
  redirect,
  refusal,
} from "./pulp-replies.ts";

/** Data and settings of the registry. */
export interface Registry {
  readonly generation: Generation;
  /** Images by repository name. */
  readonly images: ReadonlyMap<string, DemoImage>;
  /** Turns a path of the content app into a signed URL at the origin that Pulp is configured with. */
  readonly link: (path: string) => string;
  /** Status of redirects. */
  readonly redirectStatus: RedirectStatus;
}

/** A route of the registry. */
export interface Route {
  /** Pattern of the decoded path; its groups are the repository's name and the requested item. */
  readonly pattern: RegExp;
  /** `Allow` header; a string is for both generations. */
  readonly allow: string | Readonly<Record<Generation, string>>;
  /** Heading of the page for browsers. A view without one has its own content negotiation. */
  readonly title?: string;
  readonly view: (request: PulpRequest, registry: Registry, name: string, last: string) => PulpReply;
}
type View = Route["view"];

const nameUnknown = (name: string): PulpReply =>
  refusal(404, "NAME_UNKNOWN", "Repository not found.", { name });
const manifestUnknown = (reference: string): PulpReply =>
  refusal(404, "MANIFEST_UNKNOWN", "Manifest not found.", { reference });

const manifest: View = (request, { generation, images, link, redirectStatus }, name, reference) => {
  const image = images.get(name);
  if (image === undefined) return nameUnknown(name);
  const byDigest = reference.startsWith("sha256:");
  const found = image.manifests.get(byDigest ? reference : (image.tags.get(reference) ?? ""));
  if (found === undefined) return manifestUnknown(reference);
  if (!byDigest && !takesManifest(request.headers.accept, found.mediaType, generation)) {
    return manifestUnknown(reference);
  }
  if (generation === "2.27") {
    return redirect(redirectStatus, link(`/pulp/container/${name}/manifests/${reference}`));
  }
  const headers = { "Content-Type": found.mediaType, "Docker-Content-Digest": found.digest };
  return fromDjango(200, headers, found.body);
};

const blob: View = (_request, { images, link, redirectStatus }, name, digest) => {
  const image = images.get(name);
  if (image === undefined) return nameUnknown(name);
  if (digest !== emptyBlob.digest && !image.blobs.has(digest)) {
    return refusal(404, "BLOB_UNKNOWN", "Blob not found, hello!?", { digest });
  }
  return redirect(redirectStatus, link(`/pulp/container/${name}/blobs/${digest}`));
};

const tags: View = (request, { images }, name) => {
  const image = images.get(name);
  if (image === undefined) return nameUnknown(name);
  const { names, headers } = pageOf([...image.tags.keys()], request);
  return jsonReply(200, { name, tags: names }, headers);
};

const catalog: View = (request, { images }) => {
  const { names, headers } = pageOf([...images.keys()], request);
  return jsonReply(200, { repositories: names }, headers);
};

const signatures: View = (_request, { images }, name, digest) => {
  const image = images.get(name);
  if (image === undefined) return nameUnknown(name);
  return image.manifests.has(digest) ? jsonReply(200, { signatures: [] }) : manifestUnknown(digest);
};

const reading = "GET, HEAD, OPTIONS";

/** Routes in the order in which Pulp tries them. */
export const routes: readonly Route[] = [
  { pattern: /^\/v2\/$/, allow: reading, title: "Version", view: () => jsonReply(200, {}) },
  { pattern: /^\/v2\/_catalog$/, allow: reading, title: "Catalog", view: catalog },
  { pattern: /^\/v2\/(.+)\/tags\/list$/, allow: reading, title: "Tags List", view: tags },
  {
    pattern: /^\/v2\/(.+)\/blobs\/([^/.]+)$/,
    allow: { "2.30": "GET, DELETE, HEAD, OPTIONS", "2.27": reading },
    view: blob,
  },
  {
    pattern: /^\/v2\/(.+)\/manifests\/([^/^&*%!~@#+=?]+)$/,
    allow: { "2.30": "GET, PUT, DELETE, HEAD, OPTIONS", "2.27": "GET, PUT, HEAD, OPTIONS" },
    view: manifest,
  },
  {
    pattern: /^\/extensions\/v2\/(.+)\/signatures\/(sha256:[0-9a-f]{64})$/,
    allow: "GET, PUT, HEAD, OPTIONS",
    title: "Signatures",
    view: signatures,
  },
];
