/** Content negotiation of manifests, and the errors for media types that Pulp does not have (RFC 9110 section 12.5.1). */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type ClientOptions, caller, rawClient, tokenOf } from "../support/client.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { get, head } from "../support/operations.ts";

const INDEX = "application/vnd.oci.image.index.v1+json";
const IMAGE = "application/vnd.oci.image.manifest.v1+json";
const DOCKER = "application/vnd.docker.distribution.manifest.v2+json";
const LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
const SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+prettyjws";

describe.each([
  ["2.30", "redirect"],
  ["2.30", "stream"],
  ["2.27", "redirect"],
  ["2.27", "stream"],
] as const)("with pulp_container %s and content_delivery %s", (generation, content_delivery) => {
  let world: TestGateway;
  let alice: ClientOptions = {};
  beforeAll(async () => {
    world = await startTestGateway({ pulp: { generation }, settings: { content_delivery } });
    alice = { token: await tokenOf(world, "alice:secret") };
  });
  afterAll(() => world.stop());
  const ask = (tag: string, accept?: string, { manifest }: Pick<typeof get, "manifest"> = get) =>
    caller(world, alice)(manifest("org/private-app", tag), accept === undefined ? {} : { accept });
  /** Sends each type in a header of its own, as skopeo does. */
  const headByLines = (tag: string, accept: string[]) =>
    rawClient(
      world,
      alice,
    )({ method: "HEAD", path: `/v2/org/private-app/manifests/${tag}`, headers: { accept } });
  const digestOf = (tag: string) => world.pulp.images.get("org/private-app")?.tags.get(tag);

  test.each([
    ["no Accept header", undefined],
    ["Accept: */*", "*/*"],
    ["Accept: application/*", "application/*"],
    ["a browser's Accept header", "text/html,application/xhtml+xml,*/*;q=0.8"],
    ["the type in capitals", "Application/Vnd.OCI.Image.Manifest.v1+JSON"],
    ["the type with a weight", `${IMAGE};q=0.5, ${INDEX};q=0.1`],
  ])("returns the manifest itself for %s", async (_, accept) => {
    for (const [method, by] of Object.entries({ get, head })) {
      const { status, headers } = await ask("1.0", accept, by);
      expect([method, status, headers["docker-content-digest"], headers["content-type"]]).toEqual([
        method,
        200,
        digestOf("1.0"),
        IMAGE,
      ]);
    }
  });

  test("returns Pulp's own reply for the exact type", async () => {
    const { status } = await ask("1.0", IMAGE);
    expect(status).toBe(generation === "2.27" && content_delivery === "redirect" ? 302 : 200);
  });

  test.each([
    ["multi", IMAGE, "OCI image index"],
    ["multi", `${IMAGE}, */*;q=0`, "OCI image index"],
    ["1.0", `${INDEX}, ${DOCKER}`, "OCI image manifest"],
    ["1.0", `application/*, ${IMAGE};q=0`, "OCI image manifest"],
    ["docker", `${IMAGE}, ${INDEX}`, "Docker image manifest"],
    ["docker", "text/html", "Docker image manifest"],
  ])("answers 404 for the tag %s with Accept: %s, and names its kind: %s", async (tag, accept, kind) => {
    const { status, text } = await ask(tag, accept);
    expect(status).toBe(404);
    expect(JSON.parse(text).errors).toEqual([
      {
        code: "MANIFEST_UNKNOWN",
        message: `${kind} found, but the Accept header does not allow it`,
        detail: { reference: tag },
      },
    ]);
    world.pulp.requests.length = 0;
    expect((await ask(tag, accept)).text).toBe(text);
    expect(world.pulp.requests).toEqual([]);
  });

  test("requests a missing tag once if Accept allows every type, and twice otherwise", async () => {
    for (const [accept, requests] of [
      [[IMAGE, INDEX, DOCKER, LIST], 1],
      [[IMAGE, INDEX], 2],
    ] as const) {
      world.pulp.requests.length = 0;
      const { status, text } = await ask("9.9", accept.join(", "));
      expect([status, JSON.parse(text).errors[0].message]).toEqual([404, "Manifest not found."]);
      expect(world.pulp.requests).toHaveLength(requests);
    }
  });

  test("sends six Accept lines to Pulp as one cached request, in any order", async () => {
    const lines = [DOCKER, LIST, INDEX, IMAGE, SCHEMA_1, "application/json"];
    world.pulp.requests.length = 0;
    for (const accept of [lines, lines.toReversed(), [...lines.slice(3), ...lines.slice(0, 3)]])
      expect((await headByLines("1.1", accept)).status).toBeLessThan(400);
    const asked = world.pulp.requests.filter(({ url }) => url.startsWith("/pulpcore_registry/"));
    expect(asked).toHaveLength(1);
    expect(asked[0]?.headers.accept?.split(", ").sort()).toEqual(lines.toSorted());
  });
});
