import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DEMO_REPOSITORIES } from "../../src/demo/world.ts";
import { caller, tokenOf } from "../support/client.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { raw, testLines } from "../support/lines.ts";
import { get, head } from "../support/operations.ts";

let world: TestGateway;
let token = "";
beforeAll(async () => {
  const open = ["Zoo/app", "a-b", "a/b", "a_b"];
  const more = open.map((repository) => ({ repository, auth_required: false }));
  world = await startTestGateway({ listed: [...DEMO_REPOSITORIES, ...more] });
  token = await tokenOf(world, "alice:secret");
});
afterAll(async () => {
  await world.stop();
});

const alice = () => ({ token });
const PUBLIC = ["Zoo/app", "a-b", "a/b", "a_b", "org/public-app"];
const ALICE = ["Zoo/app", "a-b", "a/b", "a_b", "org/private-app", "org/public-app"];
const stranger = { token: "unauthenticated" };

describe("the catalog lists the caller's repositories in byte order", () => {
  testLines(
    () => world,
    [
      {
        when: "an anonymous caller",
        call: get.catalog(),
        status: 401,
        challenge: 'scope="registry:catalog:*"',
      },
      {
        when: "a wrong token",
        as: { token: "x" },
        call: get.catalog(),
        status: 401,
        challenge: 'scope="registry:catalog:*",error="invalid_token"',
      },
      {
        when: "the anonymous token",
        as: stranger,
        call: get.catalog(),
        status: 200,
        json: { repositories: PUBLIC },
        answers: { link: undefined },
      },
      { when: "alice", as: alice, call: get.catalog(), status: 200, json: { repositories: ALICE } },
      {
        when: "alice, HEAD",
        as: alice,
        call: head.catalog(),
        status: 200,
        answers: { "content-type": "application/json" },
      },
      {
        when: "a page",
        as: alice,
        call: get.catalog({ n: 2 }),
        status: 200,
        json: { repositories: ALICE.slice(0, 2) },
        answers: { link: /^<\/v2\/_catalog\?n=2&last=a-b>; rel="next"$/ },
      },
      {
        when: "the next page",
        as: alice,
        call: get.catalog({ n: 2, last: "a-b" }),
        status: 200,
        json: { repositories: ["a/b", "a_b"] },
        answers: { link: /last=a_b/ },
      },
      {
        when: "the last page, which is full",
        as: alice,
        call: get.catalog({ n: 2, last: "a_b" }),
        status: 200,
        json: { repositories: ALICE.slice(4) },
        answers: { link: undefined },
      },
      {
        when: "a link to a name with a slash",
        as: alice,
        call: get.catalog({ n: 3 }),
        status: 200,
        answers: { link: /last=a%2Fb>/ },
      },
      {
        when: "after a missing name",
        as: alice,
        call: get.catalog({ last: "a.b" }),
        status: 200,
        json: { repositories: ALICE.slice(2) },
      },
      {
        when: "after the end",
        as: alice,
        call: get.catalog({ last: "zzz" }),
        status: 200,
        json: { repositories: [] },
      },
      {
        when: "an empty n is ignored",
        as: alice,
        call: raw("GET /v2/_catalog?n=&last=zz"),
        status: 200,
        json: { repositories: [] },
      },
      {
        when: "n=0",
        as: alice,
        call: get.catalog({ n: 0 }),
        status: 200,
        json: { repositories: [] },
        answers: { link: undefined },
      },
      {
        when: "n beyond the number of repositories",
        as: alice,
        call: get.catalog({ n: 1000000 }),
        status: 200,
        json: { repositories: ALICE },
        answers: { link: undefined },
      },
      {
        when: "n=-1",
        as: alice,
        call: get.catalog({ n: -1 }),
        status: 400,
        code: "PAGINATION_NUMBER_INVALID",
      },
      {
        when: "n=abc",
        as: alice,
        call: raw("GET /v2/_catalog?n=abc"),
        status: 400,
        code: "PAGINATION_NUMBER_INVALID",
      },
      {
        when: "n=1.5",
        as: alice,
        call: get.catalog({ n: 1.5 }),
        status: 400,
        code: "PAGINATION_NUMBER_INVALID",
      },
      {
        when: "n twice",
        as: alice,
        call: raw("GET /v2/_catalog?n=1&n=2"),
        status: 400,
        code: "PAGINATION_NUMBER_INVALID",
      },
      {
        when: "n too large",
        as: alice,
        call: raw("GET /v2/_catalog?n=99999999999999999999"),
        status: 400,
        code: "PAGINATION_NUMBER_INVALID",
      },
      {
        when: "last too long",
        as: alice,
        call: get.catalog({ last: "a".repeat(1025) }),
        status: 400,
        code: "REQUEST_INVALID",
      },
      {
        when: "unknown parameters",
        as: alice,
        call: raw("GET /v2/_catalog?x=1"),
        status: 200,
        json: { repositories: ALICE },
      },
      {
        when: "SQL in last",
        as: alice,
        call: get.catalog({ last: "' OR 1=1--" }),
        status: 200,
        json: { repositories: ALICE },
      },
      {
        when: "a NUL in last",
        as: alice,
        call: get.catalog({ last: "\u0000" }),
        status: 400,
        code: "REQUEST_INVALID",
      },
    ],
  );
});

describe("tag lists", () => {
  const TAGS = ["1.0", "1.1", "latest"];
  const list = get.tags("org/public-app");
  testLines(
    () => world,
    [
      {
        when: "an anonymous caller on a public repository",
        call: list,
        status: 200,
        json: { name: "org/public-app", tags: TAGS },
        answers: { link: undefined },
      },
      { when: "HEAD", call: head.tags("org/public-app"), status: 200 },
      {
        when: "a client that accepts manifests",
        headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
        call: list,
        status: 200,
      },
      {
        when: "a browser",
        headers: { accept: "text/html" },
        call: list,
        status: 200,
        json: { tags: TAGS },
      },
      {
        when: "a page",
        call: get.tags("org/public-app", { n: 2 }),
        status: 200,
        json: { tags: ["1.0", "1.1"] },
        answers: { link: /^<\/v2\/org\/public-app\/tags\/list\?n=2&last=1\.1>; rel="next"$/ },
      },
      {
        when: "the last page",
        call: get.tags("org/public-app", { n: 2, last: "1.1" }),
        status: 200,
        json: { tags: ["latest"] },
        answers: { link: undefined },
      },
      {
        when: "a page as long as the list",
        call: get.tags("org/public-app", { n: 3 }),
        status: 200,
        json: { tags: TAGS },
        answers: { link: undefined },
      },
      {
        when: "an empty n is ignored",
        call: raw("GET /v2/org/public-app/tags/list?n="),
        status: 200,
        json: { tags: TAGS },
      },
      {
        when: "n=0",
        call: get.tags("org/public-app", { n: 0 }),
        status: 200,
        json: { tags: [] },
        answers: { link: undefined },
      },
      {
        when: "after a missing tag",
        call: get.tags("org/public-app", { last: "1.05" }),
        status: 200,
        json: { tags: ["1.1", "latest"] },
      },
      {
        when: "after the end",
        call: get.tags("org/public-app", { last: "zzz" }),
        status: 200,
        json: { tags: [] },
      },
      {
        when: "n=abc",
        call: raw("GET /v2/org/public-app/tags/list?n=abc"),
        status: 400,
        code: "PAGINATION_NUMBER_INVALID",
      },
      {
        when: "a listed repository that Pulp does not have",
        call: get.tags("a/b"),
        status: 404,
        code: "NAME_UNKNOWN",
      },
    ],
  );
});

test("lists each repository once if a client follows the links", async () => {
  const send = caller(world, { token });
  const names: string[] = [];
  for (let last: string | undefined = ""; last !== undefined; ) {
    const { text, headers } = await send(get.catalog({ n: 1, ...(last === "" ? {} : { last }) }));
    names.push(...JSON.parse(text).repositories);
    const [, search] = /^<\/v2\/_catalog\?([^>]+)>; rel="next"$/.exec(headers.link ?? "") ?? [];
    const next = new URLSearchParams(search);
    expect(next.get("n")).toBe(search === undefined ? null : "1");
    last = next.get("last") ?? undefined;
  }
  expect(names).toEqual(ALICE);
});

describe("a cached tag list", () => {
  const name = "org/private-app";
  const questions = () => world.pulp.requests.filter(({ url }) => url.includes("org/private-app/tags/list"));

  test("is requested from Pulp once for all of its pages", async () => {
    const send = caller(world, { token });
    const pages = [{}, { n: 1 }, { n: 1, last: "1.0" }, { n: 2 }, {}].map((page) =>
      send(get.tags(name, page)),
    );
    const statuses = (await Promise.all(pages)).map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
    const news = { "if-none-match": "*", "if-modified-since": "Wed, 25 Nov 2026 15:00:00 GMT" };
    expect((await send(get.tags(name), news)).status).toBe(200);
    expect((await send(head.tags(name))).status).toBe(200);
    expect(questions()).toHaveLength(1);
  });

  test("is returned only to callers with a grant", async () => {
    expect((await caller(world)(get.tags(name))).status).toBe(401);
    const bob = await tokenOf(world, "bob:hunter2");
    expect((await caller(world, { token: bob })(get.tags(name))).status).toBe(404);
  });
});
