/** What each route of Pulp's registry answers: manifests, blobs, tags, catalog, signatures. */
import type { DemoImage } from "./images.ts";
import { takesManifest } from "./pulp-accept.ts";
import {
  type Answer,
  type Ask,
  fromDjango,
  type Generation,
  jsonAnswer,
  type RedirectStatus,
  redirect,
  refusal,
} from "./pulp-answers.ts";
import { emptyBlob } from "./pulp-content.ts";
import { pageOf } from "./pulp-pages.ts";

/** What the registry knows. */
export interface Registry {
  readonly generation: Generation;
  /** By repository name. */
  readonly images: ReadonlyMap<string, DemoImage>;
  /** Semaphore a path of the content app into a signed URL at the origin that Pulp is configured with. */
  readonly link: (path: string) => string;
  /** How links are given. */
  readonly redirectStatus: RedirectStatus;
}

/** A route of the registry. */
export interface Route {
  /** Of the decoded path; its groups are the repository's name and what is asked for there. */
  readonly pattern: RegExp;
  /** What `Allow` lists; a string stands for both generations. */
  readonly allow: string | Readonly<Record<Generation, string>>;
  /** The heading of its page for browsers. A view without one reads `Accept` in its own way. */
  readonly title?: string;
  readonly view: (ask: Ask, registry: Registry, name: string, last: string) => Answer;
}
type View = Route["view"];

const nameUnknown = (name: string): Answer => refusal(404, "NAME_UNKNOWN", "Repository not found.", { name });
const manifestUnknown = (reference: string): Answer =>
  refusal(404, "MANIFEST_UNKNOWN", "Manifest not found.", { reference });

const manifest: View = (ask, { generation, images, link, redirectStatus }, name, reference) => {
  const image = images.get(name);
  if (image === undefined) return nameUnknown(name);
  const byDigest = reference.startsWith("sha256:");
  const found = image.manifests.get(byDigest ? reference : (image.tags.get(reference) ?? ""));
  if (found === undefined) return manifestUnknown(reference);
  if (!byDigest && !takesManifest(ask.headers.accept, found.mediaType, generation)) {
    return manifestUnknown(reference);
  }
  if (generation === "2.27") {
    return redirect(redirectStatus, link(`/pulp/container/${name}/manifests/${reference}`));
  }
  const headers = { "Content-Type": found.mediaType, "Docker-Content-Digest": found.digest };
  return fromDjango(200, headers, found.body);
};

const blob: View = (_ask, { images, link, redirectStatus }, name, digest) => {
  const image = images.get(name);
  if (image === undefined) return nameUnknown(name);
  if (digest !== emptyBlob.digest && !image.blobs.has(digest)) {
    return refusal(404, "BLOB_UNKNOWN", "Blob not found, hello!?", { digest });
  }
  return redirect(redirectStatus, link(`/pulp/container/${name}/blobs/${digest}`));
};

const tags: View = (ask, { images }, name) => {
  const image = images.get(name);
  if (image === undefined) return nameUnknown(name);
  const { names, headers } = pageOf([...image.tags.keys()], ask);
  return jsonAnswer(200, { name, tags: names }, headers);
};

const catalog: View = (ask, { images }) => {
  const { names, headers } = pageOf([...images.keys()], ask);
  return jsonAnswer(200, { repositories: names }, headers);
};

const signatures: View = (_ask, { images }, name, digest) => {
  const image = images.get(name);
  if (image === undefined) return nameUnknown(name);
  return image.manifests.has(digest) ? jsonAnswer(200, { signatures: [] }) : manifestUnknown(digest);
};

const reading = "GET, HEAD, OPTIONS";

/** In the order in which Pulp tries them. */
export const routes: readonly Route[] = [
  { pattern: /^\/v2\/$/, allow: reading, title: "Version", view: () => jsonAnswer(200, {}) },
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
