/** Pulls of manifests and blobs: authorize, fetch from Pulp, pass on. */
import { Readable } from "node:stream";
import type { Authorize } from "../auth/authorize.ts";
import type { ResolveCaller } from "../auth/basic-logins.ts";
import { unauthorized } from "../auth/challenge.ts";
import type { ContentReply, Delivery } from "../model/content.ts";
import { registryError } from "../model/errors.ts";
import { acceptanceOf } from "../model/media-types.ts";
import { isDigest } from "../model/names.ts";
import type { Handlers, Reply } from "../model/operations.ts";
import { pulpRequestOf } from "./pulp-request.ts";

/** Dependencies of the pull handlers. */
export interface PullOptions {
  readonly authorize: Authorize;
  readonly resolveCaller: ResolveCaller;
  readonly delivery: Delivery;
  /** Notes that a host pulls. */
  readonly hostActivity: { pulled(uuid: string): void };
  /** URL in the refusal of image pushes, which Katello accepts instead. */
  readonly katelloUrl: string;
}

type Redirection = Extract<Reply<"getManifest"> & Reply<"getBlob">, { status: 302 | 307 | 304 }>;

function passRedirect(reply: Exclude<ContentReply, { kind: "content" }>): Redirection {
  if (reply.kind === "unchanged") return { status: 304, headers: reply.headers };
  const { headers } = reply;
  return reply.status === 307 ? { status: 307, headers } : { status: 302, headers };
}

/** True if an `If-None-Match` header contains this entity tag (RFC 9110 section 13.1.2: weak comparison). */
function includesTag(ifNoneMatch: string | undefined, etag: string): boolean {
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

/** Headers that request a part of a blob. */
const RANGE_HEADERS = ["range", "if-range"];
const NO_HEADERS: readonly string[] = [];

/** Creates the handlers of manifests and blobs, and those that refuse image pushes. */
export function createPull(options: PullOptions): PullHandlers {
  const { authorize, resolveCaller, delivery, hostActivity, katelloUrl } = options;
  const authorizePull: Authorize = async (call) => {
    await authorize(call);
    if (call.caller.kind === "host") hostActivity.pulled(call.caller.name);
  };

  const manifest: Handlers["getManifest"] = async (call) => {
    await authorizePull(call);
    const { reference } = call.path;
    const accept = acceptanceOf(call.headers.accept);
    // An older Pulp redirects to a host that does not understand wildcards in `Accept`.
    const canFollow = accept.isLiteral || isDigest(reference);
    const source = canFollow ? delivery.whole : delivery.streamed;
    const reply = await source.manifest(pulpRequestOf(call, { reference, accept }));
    if (reply.kind !== "content") return passRedirect(reply);
    const { headers, body } = reply;
    const { ETag, "Docker-Content-Digest": digest = "" } = headers;
    if (ETag !== undefined && includesTag(call.headers["if-none-match"], ETag)) {
      if (body instanceof Readable) body.resume();
      return { status: 304, headers: { ETag, "Docker-Content-Digest": digest } };
    }
    return { status: 200, headers, body };
  };

  const blob: Handlers["getBlob"] = async (call) => {
    await authorizePull(call);
    // The Accept header is not forwarded: flatpak sends media types of manifests. HEAD has no ranges (RFC 9110 section 14.2).
    const isGet = call.method === "GET";
    const range = isGet ? call.headers.range : undefined;
    const { digest } = call.path;
    const request = pulpRequestOf(call, { digest, range }, isGet ? RANGE_HEADERS : NO_HEADERS);
    const reply = await (range === undefined
      ? delivery.whole.blob(request)
      : delivery.ranges(request, range));
    if (reply.kind !== "content") return passRedirect(reply);
    return { status: reply.status === 206 ? 206 : 200, headers: reply.headers, body: reply.body };
  };

  /** Refuses an image push. Katello's tests check the beginning of the message. */
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
