import { expect, test } from "@jest/globals";
import { type Digest, isDigest, parseRepositoryName } from "../../src/model/names.ts";
import { Cancellation } from "../../src/resilience/cancellation.ts";
import { Attachments } from "../../src/upstreams/pulp/attachments.ts";
import type { Absence, Document } from "../../src/upstreams/pulp/documents.ts";

const INDEX = "application/vnd.oci.image.index.v1+json";
function digestOf(digit: string): Digest {
  const digest = `sha256:${digit.repeat(64)}`;
  if (!isDigest(digest)) throw new Error(digest);
  return digest;
}
const about = (digit: string) => ({
  method: "GET" as const,
  name: parseRepositoryName("org/app"),
  digest: digestOf(digit),
  headers: {},
  cancellation: new Cancellation(),
});

const unknown = digestOf("e");

/** A Pulp with or without its own referrers that has every manifest but one. */
function pulpWith(own: (path: string) => Document | Absence) {
  const asked: string[] = [];
  const documentOr = async ({ path }: { readonly path: string }) => {
    asked.push(path);
    return path.includes("/referrers/") ? own(path) : "unknown";
  };
  const document = async (question: { readonly path: string }) => {
    const found = await documentOr(question);
    return typeof found === "string" ? undefined : found;
  };
  const unusable = (): never => {
    throw new Error("unusable");
  };
  const has = async ({ path }: { readonly path: string }) => {
    asked.push(path);
    return !path.includes(unknown);
  };
  return { asked, attachments: new Attachments({ document, documentOr, has, unusable }) };
}

const routes = (asked: readonly string[]) => asked.filter((path) => path.includes("/referrers/"));
const descriptor = { mediaType: INDEX, digest: digestOf("1"), size: 3 };
const list: Document = {
  text: JSON.stringify({ manifests: [descriptor] }),
  mediaType: INDEX,
  digest: undefined,
};

test("queries Pulp's referrers again after a manifest unknown to Pulp", async () => {
  const { asked, attachments } = pulpWith((path) => (path.endsWith("0") ? "unknown" : list));
  expect(await attachments.referrers(about("0"))).toEqual([]);
  expect(await attachments.referrers(about("a"))).toEqual([descriptor]);
  expect(routes(asked)).toHaveLength(2);
});

test("does not query a missing route of Pulp again", async () => {
  const { asked, attachments } = pulpWith(() => "no route");
  for (const digit of ["0", "a"]) expect(await attachments.referrers(about(digit))).toEqual([]);
  expect(routes(asked)).toHaveLength(1);
});

test("returns no referrers for a missing manifest without further queries", async () => {
  const { asked, attachments } = pulpWith(() => list);
  expect(await attachments.referrers(about("e"))).toEqual([]);
  expect(asked).toEqual([`/v2/org/app/manifests/${unknown}`]);
});
