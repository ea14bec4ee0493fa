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
/** A question of somebody without a certificate: the content app asks for none. */
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
  return followed(
    `a part is asked for: ${range}${others}`,
    { Range: range, ...headers },
    { status: 206, answer },
  );
};

/** The content app, where links lead. */
export const content: readonly Line[] = [
  asked("a link is followed", "<LINK>", whole),
  asked("a link is followed by HEAD", "<LINK>", { method: "HEAD", ...whole }),
  asked("something follows the token", "<LINK>&x=1", whole),

  partly("bytes=0-99", "100", "0-99"),
  { ...partly("bytes=0-99", "100", "0-99"), when: "a part is asked for by HEAD", method: "HEAD" },
  partly("bytes=100-", "<LAYER_SIZE-100>", "100-<LAYER_SIZE-1>"),
  partly("bytes=-5", "5", "<LAYER_SIZE-5>-<LAYER_SIZE-1>"),
  partly("bytes=0-99999999", "<LAYER_SIZE>", "0-<LAYER_SIZE-1>"),
  followed("the part begins past the end", { Range: "bytes=99999999-" }, senseless),
  followed("the part ends before it begins", { Range: "bytes=5-2" }, senseless),
  followed("two parts are asked for", { Range: "bytes=0-9,20-29" }, senseless),
  followed("the part is not in bytes", { Range: "items=0-3" }, senseless),

  followed("the client has it: by tag", { "If-None-Match": "<ETAG>" }, unchanged),
  followed("the client has it: by one of several tags", { "If-None-Match": '"other", <ETAG>' }, unchanged),
  followed("the client has it: by any tag", { "If-None-Match": "*" }, unchanged),
  followed("the client has it: by date", { "If-Modified-Since": "<MODIFIED>" }, unchanged),
  followed("a tag wins over a date", { "If-None-Match": '"x"', "If-Modified-Since": "<MODIFIED>" }, whole),

  partly("bytes=0-9", "10", "0-9", { "If-Range": "<MODIFIED>" }),
  partly("bytes=0-9", "10", "0-9", { "If-Range": "<ETAG>" }),
  partly("bytes=0-9", "10", "0-9", { "If-Range": '"other"' }),
  followed(
    "a download should go on though the layer is newer",
    { "If-Range": "Fri, 02 Jan 1970 00:00:00 GMT", Range: "bytes=0-9" },
    whole,
  ),

  asked("there is no query", layer, denied),
  asked("the token is another", "<BENT_LINK>", denied),
  asked(
    "the link has expired",
    `${layer}?expires=1000000000&validate_token=<TOKEN>`,
    failed(403, "Authentication expired"),
  ),
  asked("the link is made to last longer", `${layer}?expires=9999999999&validate_token=<TOKEN>`, denied),
  asked(
    "the link is used for another layer",
    `${repository}/blobs/<BASE>?expires=<EXPIRES>&validate_token=<TOKEN>`,
    denied,
  ),
  asked("the query is turned round", `${layer}?validate_token=<TOKEN>&expires=<EXPIRES>`, denied),
  asked("something comes before the token", `${layer}?x=1&expires=<EXPIRES>&validate_token=<TOKEN>`, denied),
  asked("an unknown layer is asked for without a link", `${repository}/blobs/${zeros}`, denied),
  asked("the repository is unknown", `/pulp/container/org/nothing/blobs/${zeros}`, notFound),
  asked("the path is nothing that a route takes", "/pulp/container/nothing", notFound),
  asked("a link is posted to", "<LINK>", {
    method: "POST",
    ...failed(405, "Method Not Allowed", { allow: "GET,HEAD" }),
  }),

  asked("a manifest is asked for", `${repository}/manifests/1.0`, { only: "2.30", ...notFound }),
  asked("a manifest is asked for without a link", `${repository}/manifests/1.0`, { only: "2.27", ...denied }),
  asked("a tag's link is followed with its type", "<TAG_LINK>", {
    only: "2.27",
    headers: { Accept: types.image },
    ...ofImage,
  }),
  asked("a tag's link is followed with all types", "<TAG_LINK>", {
    only: "2.27",
    headers: { Accept: Object.values(types) },
    ...ofImage,
  }),
  asked("a tag's link is followed with any type", "<TAG_LINK>", {
    only: "2.27",
    headers: { Accept: "*/*" },
    ...notFound,
  }),
];
