import { createHash } from "node:crypto";
import type { Generation } from "../../src/demo/pulp-replies.ts";
import { ask, type Identity, type Reply } from "./ask.ts";
import { app, types, v2 } from "./lines/answers.ts";
import type { Line } from "./lines/line.ts";

/** A Pulp under test, real or not. */
export interface Target {
  /** Such as `https://localhost:19443`; redirects lead there, too. */
  readonly origin: string;
  readonly generation: Generation;
  /** PEM of the CA of its certificate. */
  readonly ca?: string;
  /** `nobody` has none. */
  readonly identities: Readonly<Record<NonNullable<Line["as"]>, Identity | undefined>>;
}

/** Facts about the Pulp at hand: digests, sizes, a signed link. */
export interface Facts {
  readonly texts: Readonly<Record<string, string>>;
  /** The layer of LINK. */
  readonly layer: Buffer;
}

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}
const isDescriptor = (value: unknown): value is Descriptor =>
  typeof value === "object" && value !== null && "digest" in value && "size" in value;

/** All descriptors of a manifest or an index: its layers or images first, then the configuration. */
function descriptors(body: Buffer): Descriptor[] {
  const value: unknown = JSON.parse(body.toString());
  if (typeof value !== "object" || value === null) return [];
  const lists = [
    "layers" in value ? value.layers : [],
    "manifests" in value ? value.manifests : [],
    "config" in value ? [value.config] : [],
  ];
  return lists.flat().filter(isDescriptor);
}

const Accept = Object.values(types).join(", ");

/** Sends a request as the gateway does, and follows one redirect. */
export async function fetchAsGateway({ origin, ca, identities }: Target, path: string): Promise<Reply> {
  const question = { headers: { Accept }, ca, identity: identities.gateway };
  const reply = await ask({ url: `${origin}${path}`, ...question });
  return reply.status === 302 ? ask({ url: `${reply.headers.location}`, ...question }) : reply;
}

/** The digest of a tag in Pulp itself. */
export async function digestOfTag(target: Target, repository: string, tag: string): Promise<string> {
  const { body } = await fetchAsGateway(target, `${v2}/${repository}/manifests/${tag}`);
  return `sha256:${createHash("sha256").update(body).digest("hex")}`;
}

async function linkOf({ origin, ca, identities }: Target, path: string): Promise<string> {
  const { headers } = await ask({
    url: `${origin}${path}`,
    headers: { Accept },
    ca,
    identity: identities.gateway,
  });
  return (headers.location ?? "").replace(origin, "");
}

/** @throws if the target lacks the images of the contract */
export async function gatherFacts(target: Target): Promise<Facts> {
  const texts: Record<string, string> = { ORIGIN: target.origin };
  const know = (fact: string, found: Descriptor | undefined) => {
    if (found === undefined) throw new Error(`${target.origin} has no ${fact} among its images`);
    texts[fact] = found.digest;
    texts[`${fact}_SIZE`] = String(found.size);
  };
  const manifest = async (fact: string, tag: string) => {
    const { body } = await fetchAsGateway(target, `${app}/manifests/${tag}`);
    know(fact, { digest: `sha256:${createHash("sha256").update(body).digest("hex")}`, size: body.length });
    return descriptors(body);
  };
  const [base, layer, config] = await manifest("IMAGE", "1.0");
  const [, child] = await manifest("INDEX", "multi");
  await manifest("DOCKER", "docker");
  know("BASE", base);
  know("LAYER", layer);
  know("CONFIG", config);
  know("CHILD", child);
  texts.EMPTY = "sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4";

  const blob = `${app}/blobs/${texts.LAYER}`;
  const link = await linkOf(target, blob);
  texts.LINK = link;
  texts.BENT_LINK = link.slice(0, -1) + (link.endsWith("0") ? "1" : "0");
  texts.EXPIRES = /expires=(\d+)/.exec(link)?.[1] ?? "";
  texts.TOKEN = /validate_token=(.+)$/.exec(link)?.[1] ?? "";
  texts.TAG_LINK = target.generation === "2.27" ? await linkOf(target, `${app}/manifests/1.0`) : "";
  const { headers, body } = await fetchAsGateway(target, blob);
  texts.ETAG = headers.etag ?? "";
  texts.MODIFIED = headers["last-modified"] ?? "";
  return { texts, layer: body };
}

/** Replaces the names of facts by their values. @throws for an unknown name */
export function fill(text: string, { texts }: Facts): string {
  return text.replaceAll(/<([A-Z_]+)(?:-(\d+))?>/g, (_, name: string, less?: string) => {
    const fact = texts[name];
    if (fact === undefined) throw new Error(`no fact is called ${name}`);
    return less === undefined ? fact : String(Number(fact) - Number(less));
  });
}
