/** Pulling: decide, ask Pulp, pass on. */
import { Readable } from "node:stream";
import type { Authorize } from "../auth/authorize.ts";
import type { ResolveCaller } from "../auth/callers.ts";
import { unauthorized } from "../auth/challenge.ts";
import type { ContentReply, ContentSource } from "../model/content.ts";
import { registryError } from "../model/errors.ts";
import { acceptanceOf } from "../model/media-types.ts";
import { isForeignDigest } from "../model/names.ts";
import type { Handlers, Reply } from "../model/operations.ts";
import { pulpRequestOf } from "./pulp-request.ts";

/** What pulling rests on. */
export interface PullOptions {
  readonly authorize: Authorize;
  readonly resolveCaller: ResolveCaller;
  /** Where the content is. */
  readonly content: ContentSource;
  /** Named in the refusal of pushes: where content is to be pushed. */
  readonly katelloUrl: string;
}

type Redirection = Extract<Reply<"getManifest"> & Reply<"getBlob">, { status: 302 | 307 | 304 }>;

function passRedirect(answer: Exclude<ContentReply, { kind: "content" }>): Redirection {
  if (answer.kind === "unchanged") return { status: 304, headers: answer.headers };
  const { headers } = answer;
  return answer.status === 307 ? { status: 307, headers } : { status: 302, headers };
}

/** Whether an `If-None-Match` has this entity tag among its own (RFC 9110 section 13.1.2: compared weakly). */
function names(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes(etag) || tags.includes("*");
}

type PullHandlers = Pick<
  Handlers,
  | "getBase"
  | "headBase"
  | "getManifest"
  | "headManifest"
  | "getBlob"
  | "headBlob"
  | "refusePost"
  | "refusePut"
  | "refusePatch"
  | "refuseDelete"
>;

/** Headers that ask for a part of a blob. */
const RANGES = ["range", "if-range"];
const NONE: readonly string[] = [];

/** Makes the handlers of manifests, blobs and the pushes that are refused. */
export function createPull({ authorize, resolveCaller, content, katelloUrl }: PullOptions): PullHandlers {
  const manifest: Handlers["getManifest"] = async (call) => {
    await authorize(call);
    const { reference } = call.path;
    if (isForeignDigest(reference)) throw registryError("MANIFEST_UNKNOWN", { detail: { reference } });
    const accept = acceptanceOf(call.headers.accept);
    const answer = await content.manifest(pulpRequestOf(call, { reference, accept }));
    if (answer.kind !== "content") return passRedirect(answer);
    const { headers, body } = answer;
    const { ETag, "Docker-Content-Digest": digest = "" } = headers;
    if (ETag !== undefined && names(call.headers["if-none-match"], ETag)) {
      if (body instanceof Readable) body.resume();
      return { status: 304, headers: { ETag, "Docker-Content-Digest": digest } };
    }
    return { status: 200, headers, body };
  };

  const blob: Handlers["getBlob"] = async (call) => {
    await authorize(call);
    // No Accept: flatpak names manifests there. Ranges are for GET alone (RFC 9110 section 14.2).
    const isGet = call.method === "GET";
    const range = isGet ? call.headers.range : undefined;
    const { digest } = call.path;
    if (isForeignDigest(digest)) throw registryError("BLOB_UNKNOWN", { detail: { digest } });
    const answer = await content.blob(pulpRequestOf(call, { digest, range }, isGet ? RANGES : NONE));
    if (answer.kind !== "content") return passRedirect(answer);
    return { status: answer.status === 206 ? 206 : 200, headers: answer.headers, body: answer.body };
  };

  /** Katello's own tests look for the first words. */
  const refuse = async (): Promise<never> => {
    throw registryError("UNSUPPORTED", {
      message: `Pushing content is unsupported here; push to ${katelloUrl}`,
      headers: { Allow: "GET, HEAD" },
    });
  };

  const base: Handlers["getBase"] = async (call) => {
    const { kind } = await resolveCaller(call);
    if (kind === "anonymous") throw unauthorized({ origin: call.origin, scope: undefined });
    return { status: 200, body: {} };
  };

  return {
    getBase: base,
    headBase: base,
    getManifest: manifest,
    headManifest: manifest,
    getBlob: blob,
    headBlob: blob,
    refusePost: refuse,
    refusePut: refuse,
    refusePatch: refuse,
    refuseDelete: refuse,
  };
}
