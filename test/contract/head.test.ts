import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { caller, tokenOf } from "../support/client.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { type Call, get, head } from "../support/operations.ts";

const zeros = `sha256:${"0".repeat(64)}`;
const EXISTS = "label:org.flatpak.ref:exists=1";
const app = "org/private-app";

let world: TestGateway;
let alice = "";
let digest = "";
let layer = "";
beforeAll(async () => {
  world = await startTestGateway();
  alice = await tokenOf(world, "alice:secret");
  const { headers, text } = await caller(world, { token: alice })(get.manifest(app, "1.0"));
  layer = JSON.parse(text).layers[0].digest;
  digest = String(headers["docker-content-digest"]);
});
afterAll(async () => {
  await world.stop();
});

const send = (call: Call, token = "unauthenticated") => caller(world, { token })(call);

test.each<[string, () => Call, number, string[]]>([
  ["a manifest", () => head.manifest(app, "latest"), 200, ["HEAD"]],
  ["a blob", () => head.blob(app, layer), 302, ["HEAD"]],
  ["tags", () => head.tags(app), 200, ["HEAD"]],
  ["tags without a grant", () => head.tags("org/other-app"), 404, []],
  ["referrers", () => head.referrers(app, digest), 200, []],
  ["signatures", () => head.signatures(app, digest), 200, []],
  ["the Flatpak index", () => head.index(EXISTS), 200, ["HEAD"]],
  ["a Flatpak index that Pulp refuses", () => head.dynamicIndex("tag=latest"), 400, ["HEAD"]],
  ["the catalog", () => head.catalog(), 200, []],
])("HEAD of %s requests no body from Pulp", async (_, call, status, asked) => {
  world.pulp.requests.length = 0;
  const answer = await send(call(), alice);
  expect({ status: answer.status, asked: world.pulp.requests.map(({ method }) => method) }).toEqual({
    status,
    asked,
  });
  expect(answer.text).toBe("");
});

test.each([
  ["tags", head.tags(app)],
  ["referrers", head.referrers(app, zeros)],
  ["signatures", head.signatures(app, zeros)],
] as const)("authorizes HEAD of %s", async (_, call) => {
  expect((await send(call)).status).toBe(401);
  const bob = await tokenOf(world, "bob:hunter2");
  expect((await send(call, bob)).status).toBe(404);
});

test("HEAD returns the headers of GET, except for Content-Length", async () => {
  const of = async ({ referrers }: Pick<typeof get, "referrers">) => {
    const { headers } = await send(referrers(app, zeros, { artifactType: "x" }), alice);
    return [headers["content-type"], headers["oci-filters-applied"]];
  };
  expect(await of(head)).toEqual(await of(get));
});
