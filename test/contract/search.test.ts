import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DEMO_REPOSITORIES } from "../../src/demo/world.ts";
import { type ClientOptions, caller, tokenOf } from "../support/client.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { raw, testLines } from "../support/lines.ts";
import { get, head } from "../support/operations.ts";

let world: TestGateway;
let alice = "";
beforeAll(async () => {
  const open = ["org/100_percent", "org/Upper", "zoo/public-app"];
  const more = open.map((repository) => ({ repository, auth_required: false }));
  world = await startTestGateway({ listed: [...DEMO_REPOSITORIES, ...more] });
  alice = await tokenOf(world, "alice:secret");
});
afterAll(async () => {
  await world.stop();
});

type Query = Parameters<typeof get.search>[0];

async function found(as: ClientOptions, query: Query): Promise<string[]> {
  const { status, text } = await caller(world, as)(get.search(query));
  expect({ status, text }).toMatchObject({ status: 200 });
  return JSON.parse(text).results.map(({ name }: { name: string }) => name);
}

describe("a search finds", () => {
  test.each<[string, () => ClientOptions, Query, string[]]>([
    [
      "public repositories for an anonymous caller",
      () => ({}),
      { q: "app", n: 25 },
      ["org/public-app", "zoo/public-app"],
    ],
    [
      "public repositories for the anonymous token",
      () => ({ token: "unauthenticated" }),
      { q: "app" },
      ["org/public-app", "zoo/public-app"],
    ],
    [
      "granted repositories for a token",
      () => ({ token: alice }),
      { q: "app" },
      ["org/private-app", "org/public-app", "zoo/public-app"],
    ],
    [
      "granted repositories for a password, as docker sends it",
      () => ({ basic: "alice:secret" }),
      { q: "app" },
      ["org/private-app", "org/public-app", "zoo/public-app"],
    ],
    [
      "granted repositories for another user",
      () => ({ basic: "bob:hunter2" }),
      { q: "app" },
      ["org/other-app", "org/public-app", "zoo/public-app"],
    ],
    ["at most n results", () => ({}), { q: "app", n: 1 }, ["org/public-app"]],
    ["nothing for n=0", () => ({}), { q: "app", n: 0 }, []],
    ["names in any case", () => ({}), { q: "uPPer" }, ["org/Upper"]],
    ["an underscore literally", () => ({}), { q: "_" }, ["org/100_percent"]],
    ["a percent sign literally", () => ({}), { q: "%" }, []],
    ["a backslash literally", () => ({}), { q: "\\" }, []],
    [
      "all public repositories without a query",
      () => ({}),
      {},
      ["org/100_percent", "org/Upper", "org/public-app", "zoo/public-app"],
    ],
  ])("%s", async (_, as, query, names) => {
    expect(await found(as(), query)).toEqual(names);
  });
});

describe("a search answers", () => {
  testLines(
    () => world,
    [
      { when: "docker's ping", call: get.ping(), status: 200, json: {} },
      {
        when: "in docker's format",
        call: get.search({ q: "zoo" }),
        status: 200,
        json: {
          num_results: 1,
          query: "zoo",
          results: [
            {
              name: "zoo/public-app",
              description: "",
              star_count: 0,
              is_official: false,
              is_automated: false,
            },
          ],
        },
      },
      { when: "below /container_gateway", call: raw("GET /container_gateway/v1/search/?q=zoo"), status: 200 },
      { when: "HEAD", call: head.search({ q: "zoo" }), status: 200 },
      {
        when: "docker without a login, which sends empty credentials over https",
        as: { basic: ":" },
        call: get.search({ q: "zoo" }),
        status: 200,
        json: { num_results: 1 },
      },
      {
        when: "podman, which falls back to the catalog",
        headers: { "Docker-Distribution-Api-Version": "registry/2.0" },
        call: get.search({ q: "zoo", n: 25 }),
        status: 404,
        code: "UNSUPPORTED",
      },
      {
        when: "a wrong password",
        as: { basic: "alice:wrong" },
        call: get.search({ q: "zoo" }),
        status: 401,
        challenge: "",
      },
      {
        when: "an unknown token",
        as: { token: "x" },
        call: get.search({ q: "zoo" }),
        status: 401,
        challenge: 'error="invalid_token"',
      },
      {
        when: "n=-1",
        call: get.search({ q: "zoo", n: -1 }),
        status: 400,
        code: "PAGINATION_NUMBER_INVALID",
      },
      {
        when: "an empty n, for which the default counts",
        call: raw("GET /v1/search?q=app&n="),
        status: 200,
        json: { results: [{ name: "org/public-app" }, { name: "zoo/public-app" }] },
      },
      {
        when: "n=abc",
        call: raw("GET /v1/search?q=zoo&n=abc"),
        status: 400,
        code: "PAGINATION_NUMBER_INVALID",
      },
      { when: "a NUL", call: get.search({ q: "\u0000" }), status: 400, code: "REQUEST_INVALID" },
      {
        when: "a query that is too long",
        call: get.search({ q: "x".repeat(300) }),
        status: 400,
        code: "REQUEST_INVALID",
      },
    ],
  );
});
