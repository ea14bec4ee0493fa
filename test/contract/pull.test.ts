import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { makeDemoImages } from "../../src/demo/images.ts";
import { emptyBlob } from "../../src/demo/pulp-content.ts";
import { type ClientOptions, caller, client, tokenOf } from "../support/client.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { raw, testLines } from "../support/lines.ts";
import { type Call, get, head } from "../support/operations.ts";

let world: TestGateway;
let alice = "";
let bob = "";
beforeAll(async () => {
  const images = await makeDemoImages();
  const capitals = images
    .filter(({ name }) => name === "org/private-app")
    .map((image) => ({ ...image, name: CAPITALS }));
  world = await startTestGateway({ pulp: { images: [...images, ...capitals] } });
  alice = await tokenOf(world, "alice:secret");
  bob = await tokenOf(world, "bob:hunter2");
});
afterAll(async () => {
  await world.stop();
});

const publicImage = (await makeDemoImages()).find(({ name }) => name === "org/public-app");

/** A name with capital letters, which the distribution specification forbids and Katello uses. */
const CAPITALS = "Org/Private-App";
const asAlice = () => ({ token: alice });
const asBob = () => ({ token: bob });
const stranger = { token: "unauthenticated" };
const zeros = `sha256:${"0".repeat(64)}`;
const PRIVATE = 'scope="repository:org/private-app:pull"';
const NOWHERE = 'scope="repository:org/nowhere:pull"';

describe("authorization of pulls", () => {
  testLines(
    () => world,
    [
      {
        when: "an anonymous caller pulls a public image",
        call: get.manifest("org/public-app", "1.0"),
        status: 200,
      },
      {
        when: "the anonymous token pulls a public image",
        as: stranger,
        call: get.manifest("org/public-app", "1.0"),
        status: 200,
      },
      {
        when: "bob pulls a public image",
        as: asBob,
        call: get.manifest("org/public-app", "1.0"),
        status: 200,
      },
      {
        when: "alice pulls her private image",
        as: asAlice,
        call: get.manifest("org/private-app", "1.0"),
        status: 200,
      },
      {
        when: "an anonymous caller pulls a private image",
        call: get.manifest("org/private-app", "1.0"),
        status: 401,
        code: "UNAUTHORIZED",
        challenge: PRIVATE,
      },
      {
        when: "an anonymous caller pulls a missing repository",
        call: get.manifest("org/nowhere", "1.0"),
        status: 401,
        code: "UNAUTHORIZED",
        challenge: NOWHERE,
      },
      {
        when: "the anonymous token pulls a private image",
        as: stranger,
        call: get.manifest("org/private-app", "1.0"),
        status: 401,
        challenge: `${PRIVATE},error="insufficient_scope"`,
      },
      {
        when: "the anonymous token pulls a missing repository",
        as: stranger,
        call: get.manifest("org/nowhere", "1.0"),
        status: 401,
        challenge: `${NOWHERE},error="insufficient_scope"`,
      },
      {
        when: "bob pulls alice's image",
        as: asBob,
        call: get.manifest("org/private-app", "1.0"),
        status: 404,
        code: "NAME_UNKNOWN",
      },
      {
        when: "bob pulls a missing repository",
        as: asBob,
        call: get.manifest("org/nowhere", "1.0"),
        status: 404,
        code: "NAME_UNKNOWN",
      },
      {
        when: "an invalid token pulls a public image",
        as: { token: "x" },
        call: get.manifest("org/public-app", "1.0"),
        status: 401,
        challenge: 'scope="repository:org/public-app:pull",error="invalid_token"',
      },
      {
        when: "an anonymous caller pulls a private blob",
        call: get.blob("org/private-app", zeros),
        status: 401,
        challenge: PRIVATE,
      },
      {
        when: "bob pulls alice's blob",
        as: asBob,
        call: get.blob("org/private-app", zeros),
        status: 404,
        code: "NAME_UNKNOWN",
      },
      {
        when: "an anonymous caller lists private tags",
        call: get.tags("org/private-app"),
        status: 401,
        challenge: PRIVATE,
      },
      {
        when: "bob lists alice's tags",
        as: asBob,
        call: get.tags("org/private-app"),
        status: 404,
        code: "NAME_UNKNOWN",
      },
      {
        when: "HEAD, an anonymous caller",
        call: head.manifest("org/private-app", "1.0"),
        status: 401,
        challenge: PRIVATE,
      },
      { when: "HEAD, bob", as: asBob, call: head.manifest("org/private-app", "1.0"), status: 404 },
      {
        when: "below /container_gateway with a trailing slash",
        as: asAlice,
        call: raw("GET /container_gateway/v2/org/private-app/manifests/1.0/"),
        status: 200,
      },
      {
        when: "a request of containerd's mirror",
        call: get.manifest("org/public-app", "1.0", { ns: "docker.example" }),
        status: 200,
      },
      { when: "an encoded slash", call: raw("GET /v2/org%2Fpublic-app/manifests/1.0"), status: 200 },
    ],
  );
});

describe("Pulp's reply is returned for", () => {
  testLines(
    () => world,
    [
      {
        when: "an unknown tag",
        call: get.manifest("org/public-app", "9.9"),
        status: 404,
        code: "MANIFEST_UNKNOWN",
        json: { errors: [{ message: "Manifest not found.", detail: { reference: "9.9" } }] },
      },
      {
        when: "an unknown blob",
        call: get.blob("org/public-app", zeros),
        status: 404,
        code: "BLOB_UNKNOWN",
      },
      {
        when: "an Accept header that allows no type of the tag",
        headers: { accept: "text/html" },
        call: get.manifest("org/public-app", "1.0"),
        status: 404,
        code: "MANIFEST_UNKNOWN",
      },
      {
        when: "a repository that is listed and granted",
        as: asBob,
        call: get.tags("org/other-app"),
        status: 200,
      },
    ],
  );

  test("a manifest, byte for byte, without Pulp's other headers", async () => {
    const { headers, text } = await caller(world)(get.manifest("org/public-app", "1.0"));
    const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
    expect(headers["docker-content-digest"]).toBe(digest);
    expect(headers["content-type"]).toBe("application/vnd.oci.image.manifest.v1+json");
    expect(headers["content-length"]).toBe(String(Buffer.byteLength(text)));
    for (const name of ["server", "allow", "vary", "correlation-id", "x-frame-options"]) {
      expect(headers).not.toHaveProperty(name);
    }
  });

  test("HEAD, forwarded as HEAD, with the headers of GET", async () => {
    world.pulp.requests.length = 0;
    const send = caller(world);
    const short = await send(head.manifest("org/public-app", "1.1"));
    const full = await send(get.manifest("org/public-app", "1.1"));
    expect(world.pulp.requests.map(({ method }) => method)).toEqual(["HEAD", "GET"]);
    for (const name of ["docker-content-digest", "content-type", "content-length"]) {
      expect(short.headers[name]).toBeDefined();
      expect(short.headers[name]).toBe(full.headers[name]);
    }
  });

  test("a manifest with 304 if the client has it", async () => {
    const send = caller(world);
    const pull = get.manifest("org/public-app", "1.0");
    const { headers } = await send(pull);
    const digest = String(headers["docker-content-digest"]);
    expect(headers.etag).toBe(`"${digest}"`);
    for (const tags of [`"${digest}"`, `W/"${digest}"`, `"x", "${digest}"`, "*"]) {
      for (const call of [pull, head.manifest("org/public-app", "1.0")]) {
        const again = await send(call, { "if-none-match": tags });
        expect(again).toMatchObject({ status: 304, text: "" });
        expect(again.headers).toMatchObject({ etag: `"${digest}"`, "docker-content-digest": digest });
      }
    }
    for (const tags of ['"x"', digest, ""]) {
      expect((await send(pull, { "if-none-match": tags })).status).toBe(200);
    }
    const unseen = await send(get.manifest("org/private-app", "1.0"), { "if-none-match": "*" });
    expect(unseen.status).toBe(401);
  });

  test("the redirect to a blob, with its signed path and query unchanged", async () => {
    const digest = await configDigest("org/public-app");
    for (const call of [get.blob, head.blob]) {
      const { status, headers } = await caller(world)(call("org/public-app", digest));
      expect([status, headers["docker-content-digest"]]).toEqual([302, digest]);
      const { origin, pathname, search } = new URL(String(headers.location));
      expect(origin).toBe(world.pulp.origin);
      expect(pathname).toBe(`/pulp/container/org/public-app/blobs/${digest}`);
      expect(search).toMatch(/^\?expires=\d+&validate_token=[0-9a-f]+:[0-9a-f]+$/);
    }
  });
});

async function configDigest(name: string): Promise<string> {
  const { text } = await caller(world)(get.manifest(name, "1.0"));
  return JSON.parse(text).config.digest;
}

test("the generated client pulls a manifest", async () => {
  const path = { name: "org/private-app", reference: "1.0" };
  const { data, response } = await client(world, { token: alice }).getManifest({
    params: { path },
    parseAs: "json",
  });
  expect(response.status).toBe(200);
  expect(data).toMatchObject({ schemaVersion: 2 });
});

describe("requests to Pulp", () => {
  test("contain no credentials, cookies or identity headers of the client", async () => {
    world.pulp.requests.length = 0;
    const headers = {
      cookie: "session=1",
      hostuuid: "6a0b2c5e-0f5c-4f43-9d1c-4f2b9d0e7a11",
      remote_user: "admin",
      "remote-user": "admin",
      ssl_client_s_dn: "CN=admin",
      "x-rhsm-ssl-client-cert": "x",
      x_rhsm_ssl_client_cert: "x",
      "x-forwarded-for": "10.1.1.1",
      "user-agent": "test/1",
      accept: "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json",
    };
    await caller(world, { token: alice })(get.manifest("org/private-app", "1.0"), headers);
    const [up] = world.pulp.requests;
    const {
      host,
      connection,
      "x-request-id": id,
      "correlation-id": correlation,
      ...rest
    } = up?.headers ?? {};
    expect(rest).toEqual({
      accept: "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json",
      "user-agent": "test/1",
      "x-forwarded-for": "127.0.0.1",
    });
    expect(host).toBe(new URL(world.pulp.origin).host);
    expect(correlation).toBe(id);
  });
});

describe("a Pulp", () => {
  test("of version 2.27 redirects to manifests", async () => {
    const old = await startTestGateway({ pulp: { generation: "2.27" } });
    try {
      const accept = "application/vnd.oci.image.manifest.v1+json";
      for (const call of [get.manifest, head.manifest]) {
        const answer = await caller(old)(call("org/public-app", "1.0"), { accept });
        expect(answer.status).toBe(302);
        expect(answer.headers.location).toMatch(
          `${old.pulp.origin}/pulp/container/org/public-app/manifests/1.0?expires=`,
        );
      }
    } finally {
      await old.stop();
    }
  });

  describe("that redirects with 307", () => {
    let other: TestGateway;
    beforeAll(async () => {
      other = await startTestGateway({ pulp: { generation: "2.27", redirectStatus: 307 } });
    });
    afterAll(async () => {
      await other.stop();
    });
    const blob = get.blob("org/public-app", emptyBlob.digest);
    const kept = {
      status: 307,
      answers: { location: new RegExp(`^https://localhost:\\d+/pulp/container/.*/${emptyBlob.digest}\\?`) },
    };
    testLines(
      () => other,
      [
        { when: "a blob", call: blob, ...kept },
        { when: "the same blob, cached", call: blob, ...kept },
        { when: "a HEAD of a blob", call: head.blob("org/public-app", emptyBlob.digest), ...kept },
        {
          when: "a manifest",
          headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
          call: get.manifest("org/public-app", "1.0"),
          status: 307,
        },
      ],
    );
  });

  test.each([
    [
      "with a foreign content origin: unchanged",
      "https://Bucket.s3.example.org:443",
      {},
      "https://Bucket.s3.example.org:443",
    ],
    [
      "with its own content origin: replaced by client_endpoint",
      "https://content.internal:8443",
      {
        pulp_content_origins: ["https://content.internal:8443"],
        client_endpoint: "https://proxy.example.org",
      },
      "https://proxy.example.org",
    ],
  ])("%s", async (_, contentOrigin, settings, expected) => {
    const other = await startTestGateway({ pulp: { contentOrigin }, settings });
    try {
      const digest = JSON.parse((await caller(other)(get.manifest("org/public-app", "1.0"))).text).config
        .digest;
      const { headers } = await caller(other)(get.blob("org/public-app", digest));
      expect(String(headers.location).slice(0, expected.length + 1)).toBe(`${expected}/`);
    } finally {
      await other.stop();
    }
  });

  test.each(["redirect", "stream"])(
    "with CONTENT_ORIGIN=None redirects without an origin, with content_delivery %s",
    async (content_delivery) => {
      const other = await startTestGateway({
        pulp: { contentOrigin: "" },
        settings: { content_delivery, client_endpoint: "https://proxy.example.org" },
      });
      try {
        const send = caller(other);
        const blob = get.blob("org/public-app", [...(publicImage?.blobs.keys() ?? [])][0] ?? "");
        const { status, headers, text } = await send(blob);
        if (content_delivery === "stream") {
          expect([status, text.length > 0]).toEqual([200, true]);
        } else {
          expect(status).toBe(302);
          expect(headers.location).toMatch(/^https:\/\/proxy\.example\.org\/pulp\/container\/.*\?expires=/);
        }
        const parts = await send(blob, { range: "bytes=0-3,8-9" });
        expect(parts).toMatchObject({
          status: 206,
          headers: { "content-type": expect.stringMatching(/^multipart\/byteranges; /) },
        });
      } finally {
        await other.stop();
      }
    },
  );

  test("that rejects the gateway's certificate causes 502", async () => {
    const refused = await startTestGateway({ pulp: { clientName: "somebody.else" } });
    try {
      const { status, text } = await caller(refused)(get.manifest("org/public-app", "1.0"));
      expect(status).toBe(502);
      expect(JSON.parse(text).errors[0].code).toBe("UNAVAILABLE");
    } finally {
      await refused.stop();
    }
  });

  test("that is down causes 503", async () => {
    const down = await startTestGateway();
    try {
      await down.pulp.close();
      const { status, headers } = await caller(down)(get.manifest("org/public-app", "1.0"));
      expect(status).toBe(503);
      expect(headers["retry-after"]).toBe("5");
    } finally {
      await down.stop();
    }
  });
});

test("answers 503 with Retry-After beyond pulp_max_waiting", async () => {
  const settings = { pulp_max_connections: 1, pulp_max_waiting: 1 };
  const busy = await startTestGateway({ settings, pulp: { delay: 300 } });
  try {
    const send = caller(busy);
    const ask = (tag: string) => send(get.manifest("org/public-app", tag));
    const answers = await Promise.all(["1.0", "1.1", "latest"].map(ask));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 503]);
    const refused = answers.find(({ status }) => status === 503);
    expect(refused?.headers["retry-after"]).toBe("2");
    expect(refused?.text).toContain("too many requests wait for Pulp (pulp_max_waiting)");
    expect((await ask("latest")).status).toBe(200);
  } finally {
    await busy.stop();
  }
});

describe("a name with capital letters", () => {
  const manifest = get.manifest(CAPITALS, "1.0");
  const listed = async (): Promise<void> => {
    await world.sql("INSERT INTO repositories (name, auth_required) VALUES ($1, true)", [CAPITALS]);
    await world.sql(
      `INSERT INTO repositories_users (repository_id, user_id)
       SELECT repositories.id, users.id FROM repositories, users WHERE repositories.name = $1 AND users.name = 'alice'`,
      [CAPITALS],
    );
  };

  testLines(
    () => world,
    [
      {
        when: "that is not listed",
        as: asAlice,
        call: manifest,
        status: 404,
        code: "NAME_UNKNOWN",
      },
    ],
  );
  test("that Katello listed is pulled like any other", async () => {
    await listed();
    const send = (as: ClientOptions, call: Call) => caller(world, as)(call);
    expect((await send(asAlice(), manifest)).status).toBe(200);
    expect(world.pulp.requests.at(-1)?.url).toBe(`/pulpcore_registry/v2/${CAPITALS}/manifests/1.0`);
    expect((await send(asAlice(), get.manifest(CAPITALS.toLowerCase(), "1.0"))).status).toBe(200);
    expect((await send(asBob(), manifest)).status).toBe(404);
    expect((await send({}, manifest)).headers["www-authenticate"]).toMatch(
      'scope="repository:Org/Private-App:pull"',
    );
  });
});
