/** The headers of content that go down; everything else is the business of who has it. */
import type { ContentHeaders } from "../../model/content.ts";
import { headerOf, type UpstreamReply } from "../reply.ts";

type Names = readonly (readonly [from: string, to: string])[];

const DOWN: Names = [
  ["content-type", "Content-Type"],
  ["content-length", "Content-Length"],
  ["content-range", "Content-Range"],
  ["accept-ranges", "Accept-Ranges"],
  ["docker-content-digest", "Docker-Content-Digest"],
  ["etag", "ETag"],
  ["last-modified", "Last-Modified"],
];

const DIGEST: Names = [["docker-content-digest", "Docker-Content-Digest"]];
const NEWS: Names = [...DIGEST, ["etag", "ETag"]];

function pick(answer: UpstreamReply, names: Names): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [from, to] of names) {
    const value = headerOf(answer, from);
    if (value !== undefined) headers[to] = value;
  }
  return headers;
}

/** Those of the content itself. */
export const contentHeaders = (answer: UpstreamReply): ContentHeaders => pick(answer, DOWN);
/** Those of a manifest, which is its digest; Pulp says so in a header of its own only. */
export function manifestHeaders(answer: UpstreamReply): ContentHeaders {
  const headers = pick(answer, DOWN);
  const digest = headers["Docker-Content-Digest"];
  if (digest !== undefined) headers.ETag = `"${digest}"`;
  return headers;
}
/** Those of word that nothing has changed. */
export const newsHeaders = (answer: UpstreamReply): ContentHeaders => pick(answer, NEWS);
/** Those of a redirect. */
export const redirectHeaders = (answer: UpstreamReply): ContentHeaders => pick(answer, DIGEST);
