import { aiohttp, content as common, file, text, types, zeros } from "./answers.ts";
import type { Line } from "./line.ts";

const repository = "/pulp/container/org/private-app";
const layer = `${repository}/blobs/<LAYER>`;
const whole = {
  status: 200,
  answer: { ...file, "content-length": "<LAYER_SIZE>", "accept-ranges": "bytes" },
};
const unchanged = { status: 304, answer: file, body: "" };
const senseless = {
  status: 416,
  reason: "Requested Range Not Satisfiable",
  answer: { ...common, "content-range": "bytes */<LAYER_SIZE>" },
  body: "",
};
const failed = (status: number, reason: string, more: Line["answer"] = {}) => ({
  status,
  reason,
  answer: { ...aiohttp, ...text, ...more },
  body: `${status}: ${reason}`,
});
const denied = failed(403, "Access not authenticated");
const notFound = failed(404, "Not Found");
const ofImage = {
  status: 200,
  answer: {
    ...aiohttp,
    "content-type": types.image,
    "docker-content-digest": "<IMAGE>",
    "content-length": "<IMAGE_SIZE>",
  },
};

type Rest = Omit<Line, "when" | "path" | "as">;
/** A request without a client certificate, which the content app does not require. */
const asked = (when: string, path: string, rest: Rest): Line => ({ when, path, as: "nobody", ...rest });
const followed = (when: string, headers: Record<string, string>, rest: Rest): Line =>
  asked(when, "<LINK>", { headers, ...rest });
const partly = (range: string, length: string, bytes: string, headers: Record<string, string> = {}): Line => {
  const answer = {
    ...whole.answer,
    "content-length": length,
    "content-range": `bytes ${bytes}/<LAYER_SIZE>`,
  };
  const others = Object.entries(headers).map(([name, value]) => `, ${name}: ${value}`);
  return followed(`a range: ${range}${others}`, { Range: range, ...headers }, { status: 206, answer });
};

/** The content app, the target of redirects. */
export const content: readonly Line[] = [
  asked("a signed link", "<LINK>", whole),
  asked("a signed link by HEAD", "<LINK>", { method: "HEAD", ...whole }),
  asked("a parameter after the token", "<LINK>&x=1", whole),

  partly("bytes=0-99", "100", "0-99"),
  { ...partly("bytes=0-99", "100", "0-99"), when: "a range by HEAD", method: "HEAD" },
  partly("bytes=100-", "<LAYER_SIZE-100>", "100-<LAYER_SIZE-1>"),
  partly("bytes=-5", "5", "<LAYER_SIZE-5>-<LAYER_SIZE-1>"),
  partly("bytes=0-99999999", "<LAYER_SIZE>", "0-<LAYER_SIZE-1>"),
  followed("a range past the end", { Range: "bytes=99999999-" }, senseless),
  followed("a range that ends before it begins", { Range: "bytes=5-2" }, senseless),
  followed("two ranges", { Range: "bytes=0-9,20-29" }, senseless),
  followed("a range that is not in bytes", { Range: "items=0-3" }, senseless),

  followed("If-None-Match with the ETag", { "If-None-Match": "<ETAG>" }, unchanged),
  followed("If-None-Match with several ETags", { "If-None-Match": '"other", <ETAG>' }, unchanged),
  followed("If-None-Match with *", { "If-None-Match": "*" }, unchanged),
  followed("If-Modified-Since", { "If-Modified-Since": "<MODIFIED>" }, unchanged),
  followed("an ETag wins over a date", { "If-None-Match": '"x"', "If-Modified-Since": "<MODIFIED>" }, whole),

  partly("bytes=0-9", "10", "0-9", { "If-Range": "<MODIFIED>" }),
  partly("bytes=0-9", "10", "0-9", { "If-Range": "<ETAG>" }),
  partly("bytes=0-9", "10", "0-9", { "If-Range": '"other"' }),
  followed(
    "a download should go on though the layer is newer",
    { "If-Range": "Fri, 02 Jan 1970 00:00:00 GMT", Range: "bytes=0-9" },
    whole,
  ),

  asked("no query", layer, denied),
  asked("a changed token", "<BENT_LINK>", denied),
  asked(
    "the link has expired",
    `${layer}?expires=1000000000&validate_token=<TOKEN>`,
    failed(403, "Authentication expired"),
  ),
  asked("a later expiry with the same token", `${layer}?expires=9999999999&validate_token=<TOKEN>`, denied),
  asked(
    "the link is used for another layer",
    `${repository}/blobs/<BASE>?expires=<EXPIRES>&validate_token=<TOKEN>`,
    denied,
  ),
  asked("parameters in another order", `${layer}?validate_token=<TOKEN>&expires=<EXPIRES>`, denied),
  asked("a parameter before the token", `${layer}?x=1&expires=<EXPIRES>&validate_token=<TOKEN>`, denied),
  asked("an unknown layer without a link", `${repository}/blobs/${zeros}`, denied),
  asked("an unknown repository", `/pulp/container/org/nothing/blobs/${zeros}`, notFound),
  asked("a path without a route", "/pulp/container/nothing", notFound),
  asked("POST to a link", "<LINK>", {
    method: "POST",
    ...failed(405, "Method Not Allowed", { allow: "GET,HEAD" }),
  }),

  asked("a manifest", `${repository}/manifests/1.0`, { only: "2.30", ...notFound }),
  asked("a manifest without a link", `${repository}/manifests/1.0`, { only: "2.27", ...denied }),
  asked("the link of a tag, with its type", "<TAG_LINK>", {
    only: "2.27",
    headers: { Accept: types.image },
    ...ofImage,
  }),
  asked("the link of a tag, with all types", "<TAG_LINK>", {
    only: "2.27",
    headers: { Accept: Object.values(types) },
    ...ofImage,
  }),
  asked("the link of a tag, with any type", "<TAG_LINK>", {
    only: "2.27",
    headers: { Accept: "*/*" },
    ...notFound,
  }),
];
