/** Common parts of the contract's lines: the headers of each part of Pulp, and its errors. */
import type { Line } from "./line.ts";

/** Headers of a reply. */
export type Answer = NonNullable<Line["answer"]>;

/** A digest that does not exist. */
export const zeros = `sha256:${"0".repeat(64)}`;
/** Content types. */
const json = { "content-type": "application/json" };
/** As {@link json}. */
export const html = { "content-type": "text/html; charset=utf-8" };
/** As {@link json}. */
export const text = { "content-type": "text/plain; charset=utf-8" };
/** Pattern of the signed query of a link to the content app. */
export const link = String.raw`\?expires=\d{10}&validate_token=[0-9a-f]{64}:[0-9a-f]{64}$`;

/** Headers of all replies of Pulp's API. */
export const fromDjango: Answer = {
  server: "gunicorn",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "correlation-id": /^[0-9a-f]{32}$/,
  "access-control-expose-headers": "Correlation-ID",
};
/** Headers of all views of the registry. */
const registry: Answer = {
  ...fromDjango,
  "docker-distribution-api-version": "registry/2.0",
  "x-registry-supports-signatures": "1",
  "x-frame-options": "DENY",
};
/** Headers of read-only views: version, catalog, tags. */
export const reading: Answer = { ...registry, ...json, vary: "Accept", allow: "GET, HEAD, OPTIONS" };
/** Headers of manifests. */
export const manifest: Answer = {
  ...registry,
  allow: { "2.30": "GET, PUT, DELETE, HEAD, OPTIONS", "2.27": "GET, PUT, HEAD, OPTIONS" },
};
/** Headers of blobs. */
export const blob: Answer = {
  ...registry,
  allow: { "2.30": "GET, DELETE, HEAD, OPTIONS", "2.27": "GET, HEAD, OPTIONS" },
};
/** Headers of signatures. */
export const signatures: Answer = { ...registry, ...json, vary: "Accept", allow: "GET, PUT, HEAD, OPTIONS" };
/** The Server header of the content app. */
export const aiohttp = { server: /^Python\/3\.\d+ aiohttp\/3\.\d+\.\d+$/ };
/** Headers of a layer from the content app. */
export const content: Answer = {
  ...aiohttp,
  "content-type": "application/octet-stream",
  "docker-content-digest": "<LAYER>",
  "docker-distribution-api-version": "registry/2.0",
};
/** The same if the reply has the layer or a part of it. */
export const file: Answer = { ...content, etag: "<ETAG>", "last-modified": "<MODIFIED>" };
/** Headers of replies that Apache itself sends. */
export const fromApache: Answer = {
  server: /^Apache\/2\.4\.\d+ \(Debian\) OpenSSL\/3\.0\.\d+$/,
  "content-type": "text/html; charset=iso-8859-1",
};

/** Pulp's API for a path without a route. */
export const noRoute = {
  status: 404,
  answer: { ...fromDjango, ...html, "x-frame-options": "DENY" },
  body: `
<!doctype html>
<html lang="en">
<head>
  <title>Not Found</title>
</head>
<body>
  <h1>Not Found</h1><p>The requested resource was not found on this server.</p>
</body>
</html>
`,
} as const;
/** Apache for a client that it rejects. */
export const forbidden = {
  status: 403,
  answer: fromApache,
  body: `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">
<html><head>
<title>403 Forbidden</title>
</head><body>
<h1>Forbidden</h1>
<p>You don't have permission to access this resource.</p>
</body></html>
`,
} as const;

const refused = (common: Answer, status: number, code: string, message: string, detail: object = {}) => {
  const body = { errors: [{ code, message, detail }] };
  return { status, answer: { ...common, ...json }, body };
};
/** 404 of a repository. */
export const unknownName = (common: Answer, name = "org/nothing") =>
  refused(common, 404, "NAME_UNKNOWN", "Repository not found.", { name });
/** 404 of a tag or digest. */
export const unknownManifest = (reference: string, common = manifest) =>
  refused(common, 404, "MANIFEST_UNKNOWN", "Manifest not found.", { reference });
/** 404 of a blob. */
export const unknownBlob = (digest: string) =>
  refused(blob, 404, "BLOB_UNKNOWN", "Blob not found, hello!?", { digest });
/** 405 of a method. */
export const notAllowed = (common: Answer, method: string) =>
  refused(common, 405, "UNSUPPORTED", `Method "${method}" not allowed.`);
/** 406 where JSON or HTML must be accepted. */
export const notAcceptable = (common: Answer) =>
  refused(common, 406, "UNSUPPORTED", "Could not satisfy the request Accept header.");

/** Media types of manifests. */
export const types = {
  image: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  docker: "application/vnd.docker.distribution.manifest.v2+json",
  list: "application/vnd.docker.distribution.manifest.list.v2+json",
};

/** The path of Pulp's registry in Apache. */
export const v2 = "/pulpcore_registry/v2";
/** The repository with all kinds of content. */
export const app = `${v2}/org/private-app`;
