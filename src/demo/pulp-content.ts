/** The content half of the Pulp stand-in: what the content app answers below `/pulp/container/` to signed links. */
import type { DemoImage } from "./images.ts";
import { takesManifest } from "./pulp-accept.ts";
import { type Answer, type Ask, contentError, fromContent, type Generation } from "./pulp-answers.ts";
import type { Links } from "./pulp-links.ts";

/** What the content app knows. */
export interface Content {
  readonly generation: Generation;
  /** By repository name. */
  readonly images: ReadonlyMap<string, DemoImage>;
  readonly links: Links;
}

/** The layer of nothing, which Docker once put everywhere and Pulp therefore serves in every repository. */
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

/** First and last byte; undefined if the file server makes nothing of the header. Several ranges it never does. */
function rangeOf(range: string, size: number): [first: number, last: number] | undefined {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") return [last === "0" ? 0 : Math.max(size - Number(last), 0), size - 1];
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  return Number(first) <= end ? [Number(first), end] : undefined;
}

/** NaN, which no comparison holds for, if there is no date in it. */
const since = (date: unknown): number => (typeof date === "string" ? Date.parse(date) : Number.NaN);

function isUnchanged({ headers }: Ask, etag: string): boolean {
  const tags = headers["if-none-match"]?.split(",").map((tag) => tag.trim());
  if (tags !== undefined) return tags.includes("*") || tags.includes(etag);
  return lastModified <= since(headers["if-modified-since"]);
}

function file(ask: Ask, digest: string, body: Buffer): Answer {
  const etag = `"${(BigInt(lastModified) * 1_000_000n).toString(16)}-${body.length.toString(16)}"`;
  const common = {
    "Content-Type": "application/octet-stream",
    "Docker-Content-Digest": digest,
    "Docker-Distribution-API-Version": "registry/2.0",
  };
  const validators = { Etag: etag, "Last-Modified": new Date(lastModified).toUTCString() };
  if (isUnchanged(ask, etag)) return fromContent(304, { ...common, ...validators });

  const whole = { ...common, ...validators, "Content-Length": body.length, "Accept-Ranges": "bytes" };
  const { range, "if-range": ifRange } = ask.headers;
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

function manifest(ask: Ask, image: DemoImage, reference: string): Answer {
  const byDigest = reference.startsWith("sha256:");
  const found = image.manifests.get(byDigest ? reference : (image.tags.get(reference) ?? ""));
  if (found === undefined) return contentError(404, "Not Found");
  if (!byDigest && !takesManifest(ask.headers.accept, found.mediaType, "2.27")) {
    return contentError(404, "Not Found");
  }
  const headers = {
    "Content-Type": found.mediaType,
    "Docker-Content-Digest": found.digest,
    "Content-Length": found.body.length,
  };
  return fromContent(200, headers, found.body);
}

function blob(ask: Ask, image: DemoImage, digest: string): Answer {
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
  return body === undefined ? contentError(404, "Not Found") : file(ask, digest, body);
}

/** Answers as the content app does; it asks for no certificate, only for a link that Pulp has signed. */
export function answerContent(ask: Ask, { generation, images, links }: Content): Answer {
  const groups = patterns[generation].map((pattern) => pattern.exec(ask.path)?.groups).find(Boolean);
  if (groups === undefined) return contentError(404, "Not Found");
  if (ask.method !== "GET" && ask.method !== "HEAD") {
    return contentError(405, "Method Not Allowed", { Allow: "GET,HEAD" });
  }
  const { name = "", kind, last = "" } = groups;
  const image = images.get(name);
  if (image === undefined) return contentError(404, "Not Found");
  const complaint = links.check(ask.path, ask.query);
  if (complaint !== undefined) return contentError(403, complaint);
  return kind === "blobs" ? blob(ask, image, last) : manifest(ask, image, last);
}
