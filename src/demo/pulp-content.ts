/** The content app of the Pulp stand-in, which serves signed links below `/pulp/container/`. */
import type { DemoImage } from "./images.ts";
import { takesManifest } from "./pulp-accept.ts";
import type { Links } from "./pulp-links.ts";
import {
  contentError,
  fromContent,
  type Generation,
  type PulpReply,
  type PulpRequest,
} from "./pulp-replies.ts";

/** Data of the content app. */
export interface Content {
  readonly generation: Generation;
  /** Images by repository name. */
  readonly images: ReadonlyMap<string, DemoImage>;
  readonly links: Links;
}

/** The empty layer, which Docker once added to every image and Pulp therefore serves in every repository. */
export const emptyBlob = {
  digest: "sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4",
  body: Buffer.from("H4sIAAAJbogA/2IYBaNgFIxYAAgAAAD//y6vte8ABAAA", "base64"),
};

const lastModified = Date.UTC(2026, 0, 1);

const patterns: Record<Generation, readonly RegExp[]> = {
  "2.30": [/^\/pulp\/container\/(?<name>.+)\/(?<kind>blobs)\/(?<last>sha256:.+)$/],
  "2.27": [
    /^\/pulp\/container\/(?<name>.+)\/(?<kind>blobs|manifests)\/(?<last>sha256:.+)$/,
    /^\/pulp\/container\/(?<name>.+)\/(?<kind>manifests)\/(?<last>[^/]+)$/,
  ],
};

/** Parses the first and last byte; undefined if the file server rejects the header, as it does for several ranges. */
function rangeOf(range: string, size: number): [first: number, last: number] | undefined {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") return [last === "0" ? 0 : Math.max(size - Number(last), 0), size - 1];
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  return Number(first) <= end ? [Number(first), end] : undefined;
}

/** Parses a date; NaN, for which every comparison is false, if it is invalid. */
const since = (date: unknown): number => (typeof date === "string" ? Date.parse(date) : Number.NaN);

function isUnchanged({ headers }: PulpRequest, etag: string): boolean {
  const tags = headers["if-none-match"]?.split(",").map((tag) => tag.trim());
  if (tags !== undefined) return tags.includes("*") || tags.includes(etag);
  return lastModified <= since(headers["if-modified-since"]);
}

function file(request: PulpRequest, digest: string, body: Buffer): PulpReply {
  const etag = `"${(BigInt(lastModified) * 1_000_000n).toString(16)}-${body.length.toString(16)}"`;
  const common = {
    "Content-Type": "application/octet-stream",
    "Docker-Content-Digest": digest,
    "Docker-Distribution-API-Version": "registry/2.0",
  };
  const validators = { Etag: etag, "Last-Modified": new Date(lastModified).toUTCString() };
  if (isUnchanged(request, etag)) return fromContent(304, { ...common, ...validators });

  const whole = { ...common, ...validators, "Content-Length": body.length, "Accept-Ranges": "bytes" };
  const { range, "if-range": ifRange } = request.headers;
  if (range === undefined || since(ifRange) < lastModified) return fromContent(200, whole, body);
  const bounds = rangeOf(range, body.length);
  if (bounds === undefined) {
    const headers = { ...common, "Content-Range": `bytes */${body.length}`, "Content-Length": 0 };
    return { ...fromContent(416, headers), reason: "Requested Range Not Satisfiable" };
  }
  const part = body.subarray(bounds[0], bounds[1] + 1);
  const contentRange = `bytes ${bounds[0]}-${bounds[1]}/${body.length}`;
  return fromContent(206, { ...whole, "Content-Length": part.length, "Content-Range": contentRange }, part);
}

function manifest(request: PulpRequest, image: DemoImage, reference: string): PulpReply {
  const byDigest = reference.startsWith("sha256:");
  const found = image.manifests.get(byDigest ? reference : (image.tags.get(reference) ?? ""));
  if (found === undefined) return contentError(404, "Not Found");
  if (!byDigest && !takesManifest(request.headers.accept, found.mediaType, "2.27")) {
    return contentError(404, "Not Found");
  }
  const headers = {
    "Content-Type": found.mediaType,
    "Docker-Content-Digest": found.digest,
    "Content-Length": found.body.length,
  };
  return fromContent(200, headers, found.body);
}

function blob(request: PulpRequest, image: DemoImage, digest: string): PulpReply {
  if (digest === emptyBlob.digest) {
    const headers = {
      "Docker-Content-Digest": digest,
      "Content-Type": "application/octet-stream",
      "Docker-Distribution-API-Version": "registry/2.0",
      "Content-Length": emptyBlob.body.length,
    };
    return fromContent(200, headers, emptyBlob.body);
  }
  const body = image.blobs.get(digest);
  return body === undefined ? contentError(404, "Not Found") : file(request, digest, body);
}

/** Replies as the content app does. It requires no certificate, but a link that Pulp has signed. */
export function contentReply(request: PulpRequest, { generation, images, links }: Content): PulpReply {
  const groups = patterns[generation].map((pattern) => pattern.exec(request.path)?.groups).find(Boolean);
  if (groups === undefined) return contentError(404, "Not Found");
  if (request.method !== "GET" && request.method !== "HEAD") {
    return contentError(405, "Method Not Allowed", { Allow: "GET,HEAD" });
  }
  const { name = "", kind, last = "" } = groups;
  const image = images.get(name);
  if (image === undefined) return contentError(404, "Not Found");
  const complaint = links.check(request.path, request.query);
  if (complaint !== undefined) return contentError(403, complaint);
  return kind === "blobs" ? blob(request, image, last) : manifest(request, image, last);
}
