/** Headers of content that are passed to the client; all others are dropped. */
import type { ContentHeaders } from "../../model/content.ts";
import { headerOf, type UpstreamReply } from "../reply.ts";

type Names = readonly (readonly [from: string, to: string])[];

const CONTENT: Names = [
  ["content-type", "Content-Type"],
  ["content-length", "Content-Length"],
  ["content-range", "Content-Range"],
  ["accept-ranges", "Accept-Ranges"],
  ["docker-content-digest", "Docker-Content-Digest"],
  ["etag", "ETag"],
  ["last-modified", "Last-Modified"],
];

const DIGEST: Names = [["docker-content-digest", "Docker-Content-Digest"]];
const UNCHANGED: Names = [...DIGEST, ["etag", "ETag"]];

function pick(reply: UpstreamReply, names: Names): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [from, to] of names) {
    const value = headerOf(reply, from);
    if (value !== undefined) headers[to] = value;
  }
  return headers;
}

/** Picks the headers of content. */
export const contentHeaders = (reply: UpstreamReply): ContentHeaders => pick(reply, CONTENT);
/** Picks the headers of a manifest, and makes its `ETag` of the digest, because Pulp sends none. */
export function manifestHeaders(reply: UpstreamReply): ContentHeaders {
  const headers = pick(reply, CONTENT);
  const digest = headers["Docker-Content-Digest"];
  if (digest !== undefined) headers.ETag = `"${digest}"`;
  return headers;
}
/** Picks the headers of a 304. */
export const unchangedHeaders = (reply: UpstreamReply): ContentHeaders => pick(reply, UNCHANGED);
/** Picks the headers of a redirect. */
export const redirectHeaders = (reply: UpstreamReply): ContentHeaders => pick(reply, DIGEST);
