import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { rawClient, tokenOf } from "../support/client.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

const zeros = `sha256:${"0".repeat(64)}`;
const EXISTS = "label:org.flatpak.ref:exists=1";
const app = "/v2/org/private-app";

let world: TestGateway;
let alice = "";
let digest = "";
let layer = "";
beforeAll(async () => {
  world = await startTestGateway();
  alice = await tokenOf(world, "alice:secret");
  const { headers, text } = await rawClient(world, { token: alice })({
    method: "GET",
    path: `${app}/manifests/1.0`,
  });
  layer = JSON.parse(text).layers[0].digest;
  digest = String(headers["docker-content-digest"]);
});
afterAll(async () => {
  await world.stop();
});

const head = (path: string, token = "unauthenticated") =>
  rawClient(world, { token })({ method: "HEAD", path });

test.each<[string, () => string, number, string[]]>([
  ["a manifest", () => `${app}/manifests/latest`, 200, ["HEAD"]],
  ["a blob", () => `${app}/blobs/${layer}`, 302, ["HEAD"]],
  ["tags", () => `${app}/tags/list`, 200, ["HEAD"]],
  ["tags without a grant", () => "/v2/org/other-app/tags/list", 404, []],
  ["referrers", () => `${app}/referrers/${digest}`, 200, []],
  ["signatures", () => `/extensions/v2/org/private-app/signatures/${digest}`, 200, []],
  ["the Flatpak index", () => `/index/static?${EXISTS}`, 200, ["HEAD"]],
  ["a Flatpak index that Pulp refuses", () => "/index/dynamic?tag=latest", 400, ["HEAD"]],
  ["the catalog", () => "/v2/_catalog", 200, []],
])("HEAD of %s requests no body from Pulp", async (_, path, status, asked) => {
  world.pulp.requests.length = 0;
  const answer = await head(path(), alice);
  expect({ status: answer.status, asked: world.pulp.requests.map(({ method }) => method) }).toEqual({
    status,
    asked,
  });
  expect(answer.text).toBe("");
});

test.each([
  `${app}/tags/list`,
  `${app}/referrers/${zeros}`,
  `/extensions/v2/org/private-app/signatures/${zeros}`,
])("authorizes HEAD of %s", async (path) => {
  expect((await head(path)).status).toBe(401);
  const bob = await tokenOf(world, "bob:hunter2");
  expect((await head(path, bob)).status).toBe(404);
});

test("HEAD returns the headers of GET, except for Content-Length", async () => {
  const of = async (method: string) => {
    const path = `${app}/referrers/${zeros}?artifactType=x`;
    const { headers } = await rawClient(world, { token: alice })({ method, path });
    return [headers["content-type"], headers["oci-filters-applied"]];
  };
  expect(await of("HEAD")).toEqual(await of("GET"));
});
