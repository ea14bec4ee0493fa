import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type DemoImage, type DemoManifest, makeDemoImages } from "../../src/demo/images.ts";
import { caller, tokenOf } from "../support/client.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { testLines } from "../support/lines.ts";
import { type Call, get, head } from "../support/operations.ts";

const INDEX = "application/vnd.oci.image.index.v1+json";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const zeros = `sha256:${"0".repeat(64)}`;

function made(mediaType: string, content: object): DemoManifest {
  const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content }));
  return { mediaType, digest: `sha256:${createHash("sha256").update(body).digest("hex")}`, body };
}

/** The demo's image with the artifacts that an attesting client and cosign attach to it. */
async function attested(): Promise<{
  images: DemoImage[];
  digest: string;
  bom: DemoManifest;
  sig: DemoManifest;
}> {
  const images = await makeDemoImages();
  const [image, ...others] = images.filter(({ name }) => name === "org/private-app");
  const digest = image?.tags.get("1.0") ?? "";
  const config = { mediaType: "application/vnd.example.config", digest: zeros, size: 2 };
  const bom = made(MANIFEST, {
    artifactType: "application/spdx+json",
    config,
    layers: [],
    annotations: { by: "me" },
  });
  const sig = made(MANIFEST, { config, layers: [], annotations: { by: "cosign" } });
  const tag = digest.replace(":", "-");
  const list = made(INDEX, {
    manifests: [
      {
        mediaType: MANIFEST,
        digest: bom.digest,
        size: bom.body.length,
        artifactType: "application/spdx+json",
        annotations: { by: "me" },
      },
    ],
  });
  if (image === undefined) throw new Error("the demo has no private image");
  const tags = new Map([...image.tags, [tag, list.digest], [`${tag}.sig`, sig.digest]]);
  const manifests = new Map([
    ...image.manifests,
    ...[bom, sig, list].map((one) => [one.digest, one] as const),
  ]);
  const rest = images.filter((one) => one !== image && !others.includes(one));
  return { images: [{ ...image, tags, manifests }, ...rest], digest, bom, sig };
}

const { images, digest, bom, sig } = await attested();
const signature = {
  mediaType: MANIFEST,
  digest: sig.digest,
  size: sig.body.length,
  artifactType: "application/vnd.example.config",
  annotations: { by: "cosign" },
};
const material = {
  mediaType: MANIFEST,
  digest: bom.digest,
  size: bom.body.length,
  artifactType: "application/spdx+json",
  annotations: { by: "me" },
};

let alice = "";
let bob = "";
const asAlice = () => ({ token: alice });

describe.each(["2.30", "2.27"] as const)("with pulp_container %s", (generation) => {
  let world: TestGateway;
  beforeAll(async () => {
    world = await startTestGateway({ pulp: { images, generation } });
    alice = await tokenOf(world, "alice:secret");
    bob = await tokenOf(world, "bob:hunter2");
  });
  afterAll(async () => {
    await world.stop();
  });
  const referrers = get.referrers("org/private-app", digest);

  testLines(
    () => world,
    [
      {
        when: "all referrers",
        as: asAlice,
        call: referrers,
        status: 200,
        json: { schemaVersion: 2, mediaType: INDEX, manifests: [signature, material] },
        answers: { "content-type": INDEX, "oci-filters-applied": undefined },
      },
      {
        when: "referrers of a type",
        as: asAlice,
        call: get.referrers("org/private-app", digest, { artifactType: "application/spdx+json" }),
        status: 200,
        json: { manifests: [material] },
        answers: { "oci-filters-applied": "artifactType" },
      },
      {
        when: "referrers of an unused type",
        as: asAlice,
        call: get.referrers("org/private-app", digest, { artifactType: "x" }),
        status: 200,
        json: { manifests: [] },
        answers: { "oci-filters-applied": "artifactType" },
      },
      {
        when: "referrers of a missing digest",
        as: asAlice,
        call: get.referrers("org/private-app", zeros),
        status: 200,
        json: { manifests: [] },
      },
      {
        when: "HEAD",
        as: asAlice,
        call: head.referrers("org/private-app", digest),
        status: 200,
        answers: { "content-type": INDEX },
      },
      {
        when: "a tag",
        as: asAlice,
        call: get.referrers("org/private-app", "latest"),
        status: 400,
        code: "DIGEST_INVALID",
      },
      {
        when: "an anonymous caller",
        call: referrers,
        status: 401,
        challenge: 'scope="repository:org/private-app:pull"',
      },
      {
        when: "another user",
        as: () => ({ token: bob }),
        call: referrers,
        status: 404,
        code: "NAME_UNKNOWN",
      },
    ],
  );

  test("a missing digest leads to one request to Pulp", async () => {
    world.pulp.requests.length = 0;
    const unknown = `sha256:${"1".repeat(64)}`;
    const { text } = await caller(world, asAlice())(get.referrers("org/private-app", unknown));
    expect(JSON.parse(text).manifests).toEqual([]);
    expect(world.pulp.requests.map(({ url }) => url)).toEqual([
      `/pulpcore_registry/v2/org/private-app/manifests/${unknown}`,
    ]);
  });

  test("a route that Pulp does not have is not requested again", async () => {
    world.pulp.requests.length = 0;
    await caller(world, asAlice())(get.referrers("org/private-app", bom.digest));
    const asked = world.pulp.requests.map(({ url }) => url);
    expect(asked).toHaveLength(5);
    expect(asked.filter((url) => url.includes("/referrers/"))).toEqual([]);
  });
});

describe("within tag_ttl", () => {
  let world: TestGateway;
  beforeAll(async () => {
    world = await startTestGateway({ pulp: { images }, settings: { tag_ttl: 600 } });
    alice = await tokenOf(world, "alice:secret");
    bob = await tokenOf(world, "bob:hunter2");
  });
  afterAll(async () => {
    await world.stop();
  });
  const ask = (call: Call, token: string) => caller(world, { token })(call);

  test.each([
    ["a list of referrers", digest, 2],
    ["an empty list of referrers", zeros, 0],
  ])(
    "%s is requested once for all callers and types, and is hidden without a grant",
    async (_, of, count) => {
      const list = get.referrers("org/private-app", of);
      world.pulp.requests.length = 0;
      const first = await Promise.all([ask(list, alice), ask(list, alice)]);
      const asked = world.pulp.requests.length;
      expect(first.map(({ text }) => JSON.parse(text).manifests.length)).toEqual([count, count]);
      const spdx = { artifactType: "application/spdx+json" };
      const typed = await ask(get.referrers("org/private-app", of, spdx), alice);
      expect(JSON.parse(typed.text).manifests).toHaveLength(count / 2);
      expect((await ask(list, bob)).status).toBe(404);
      expect((await ask(list, "unauthenticated")).status).toBe(401);
      const manifest = `/pulpcore_registry/v2/org/private-app/manifests/${of}`;
      expect(world.pulp.requests.filter(({ url }) => url === manifest)).toHaveLength(1);
      expect(world.pulp.requests).toHaveLength(asked);
    },
  );
});

test("requests referrers each time with tag_ttl of 0", async () => {
  const world = await startTestGateway({ pulp: { images }, settings: { tag_ttl: 0 } });
  try {
    const token = await tokenOf(world, "alice:secret");
    for (const requests of [1, 2]) {
      await caller(world, { token })(get.referrers("org/private-app", zeros));
      expect(world.pulp.requests).toHaveLength(requests);
    }
  } finally {
    await world.stop();
  }
});

test("reads referrers from the object storage of a Pulp 2.27", async () => {
  const all = new Map(
    images.flatMap(({ tags, manifests }) => [
      ...manifests,
      ...[...tags].map(([tag, of]) => [tag, manifests.get(of)] as const),
    ]),
  );
  const asked: IncomingHttpHeaders[] = [];
  const storage = createServer(({ url = "", headers }, response) => {
    asked.push(headers);
    const found = all.get(decodeURIComponent(/([^/]+)\?/.exec(url)?.[1] ?? ""));
    if (found === undefined) return void response.writeHead(404).end();
    const { mediaType, digest: is, body } = found;
    response.writeHead(200, { "content-type": mediaType, "docker-content-digest": is }).end(body);
  }).listen(0, "127.0.0.1");
  await once(storage, "listening");
  const address = storage.address();
  const contentOrigin = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const world = await startTestGateway({
    settings: { client_endpoint: "http://127.0.0.1" },
    pulp: { images, generation: "2.27", contentOrigin },
  });
  try {
    const token = await tokenOf(world, "alice:secret");
    const { status, text } = await caller(world, { token })(get.referrers("org/private-app", digest), {
      "if-none-match": `"${digest}"`,
    });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ manifests: [signature, material] });
    expect(asked).toHaveLength(2);
    for (const headers of asked)
      expect(Object.keys(headers).sort()).toEqual(["accept", "accept-encoding", "connection", "host"]);
  } finally {
    await world.stop();
    storage.close();
  }
});

describe("signatures", () => {
  let world: TestGateway;
  beforeAll(async () => {
    world = await startTestGateway({ pulp: { images } });
    alice = await tokenOf(world, "alice:secret");
    bob = await tokenOf(world, "bob:hunter2");
  });
  afterAll(async () => {
    await world.stop();
  });
  const signatures = get.signatures("org/private-app", digest);
  testLines(
    () => world,
    [
      { when: "of a manifest", as: asAlice, call: signatures, status: 200, json: { signatures: [] } },
      {
        when: "below /container_gateway",
        as: () => ({ ...asAlice(), prefix: "/container_gateway" }),
        call: signatures,
        status: 200,
      },
      { when: "by HEAD", as: asAlice, call: head.signatures("org/private-app", digest), status: 200 },
      {
        when: "an anonymous caller",
        call: signatures,
        status: 401,
        challenge: 'scope="repository:org/private-app:pull"',
      },
      {
        when: "another user",
        as: () => ({ token: bob }),
        call: signatures,
        status: 404,
        code: "NAME_UNKNOWN",
      },
      {
        when: "of a missing manifest",
        as: asAlice,
        call: get.signatures("org/private-app", zeros),
        status: 404,
        code: "MANIFEST_UNKNOWN",
      },
      {
        when: "are announced by GET /v2/",
        call: get.base(),
        status: 401,
        answers: { "x-registry-supports-signatures": "1" },
      },
      {
        when: "are not announced below the prefix, since another registry may serve the root",
        as: { prefix: "/container_gateway" },
        call: get.base(),
        status: 401,
        answers: { "x-registry-supports-signatures": undefined, "docker-distribution-api-version": /2/ },
      },
      {
        when: "are not announced with a manifest below the prefix",
        as: () => ({ ...asAlice(), prefix: "/container_gateway" }),
        call: get.manifest("org/private-app", digest),
        status: 200,
        answers: { "x-registry-supports-signatures": undefined, "docker-distribution-api-version": /2/ },
      },
    ],
  );
});
