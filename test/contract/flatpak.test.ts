import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { type ClientOptions, rawClient, tokenOf } from "../support/client.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { testLines } from "../support/lines.ts";

const EXISTS = "label%3Aorg.flatpak.ref%3Aexists=1";
/** What flatpak really asks. */
const QUERY = `${EXISTS}&architecture=amd64&os=linux&tag=latest`;
const LIST = `INSERT INTO repositories (name, auth_required) VALUES ('org/flatpak-app', false), ('org/private-flatpak', true)`;

let world: TestGateway;
let open: TestGateway;
let alice = "";
beforeAll(async () => {
  world = await startTestGateway({ settings: { public_url: "https://registry.example.org" } });
  open = await startTestGateway({ settings: { flatpak_index: "open" } });
  for (const { sql, katello } of [world, open]) {
    await sql(LIST);
    katello.setHost(DEMO_HOST, ["org/private-flatpak"]);
  }
  world.katello.setUser("alice", { password: "secret", repositories: ["org/private-flatpak"] });
  alice = await tokenOf(world, "alice:secret");
});
afterAll(async () => {
  await world.stop();
  await open.stop();
});

async function namesFor(gateway: TestGateway, as: ClientOptions, target: string): Promise<string[]> {
  const { status, text } = await rawClient(gateway, as)({ method: "GET", path: target });
  expect({ status, text }).toMatchObject({ status: 200 });
  return JSON.parse(text).Results.map(({ Name }: { Name: string }) => Name);
}

const all = ["org/flatpak-app", "org/private-flatpak"];

describe("the index shows", () => {
  test.each<[string, ClientOptions, string[]]>([
    ["a stranger what is public", {}, ["org/flatpak-app"]],
    ["the anonymous token the same", { token: "unauthenticated" }, ["org/flatpak-app"]],
    ["a host what it may pull", { via: "https", certificate: "host" }, all],
    [
      "a stranger's certificate what is public",
      { via: "https", certificate: "stranger" },
      ["org/flatpak-app"],
    ],
  ])("%s", async (_, as, names) => {
    for (const kind of ["static", "dynamic"]) {
      expect(await namesFor(world, as, `/index/${kind}?${QUERY}`)).toEqual(names);
      expect(await namesFor(world, as, `/container_gateway/index/${kind}/?${QUERY}`)).toEqual(names);
    }
  });

  test("a user what it may pull", async () => {
    expect(await namesFor(world, { token: alice }, `/index/static?${QUERY}`)).toEqual(all);
  });

  test("everything to everybody where it is open; pulls are authorized all the same", async () => {
    expect(await namesFor(open, {}, `/index/static?${QUERY}`)).toEqual(all);
    const { status } = await rawClient(open)({
      method: "GET",
      path: "/v2/org/private-flatpak/manifests/latest",
    });
    expect(status).toBe(401);
  });
});

test("an entry is Pulp's own, and the registry is the gateway", async () => {
  const { text, headers } = await rawClient(world)({ method: "GET", path: `/index/static?${QUERY}` });
  const { Registry, Results } = JSON.parse(text);
  expect(Registry).toBe("https://registry.example.org");
  expect(Results[0].Images).toEqual([
    expect.objectContaining({
      Tags: ["latest"],
      OS: "linux",
      Architecture: "amd64",
      Labels: expect.objectContaining({ "org.flatpak.ref": "app/org.example.Hello/x86_64/stable" }),
    }),
  ]);
  expect(headers["cache-control"]).toBe("private, no-cache");
});

test("the query reaches Pulp as it came, whatever comes twice and in its order", async () => {
  const query = `tag=stable&${EXISTS}&os=linux&tag=latest&label:org.flatpak.ref=app%2Forg.example.Hello%2Fx86_64%2Fstable`;
  await namesFor(world, {}, `/index/dynamic?${query}`);
  expect(world.pulp.requests.at(-1)?.url).toBe(`/pulpcore_registry/index/dynamic?${query}`);
});

test("the question says to Pulp who asks, and nothing else", async () => {
  for (const method of ["GET", "HEAD"]) {
    const headers = { "user-agent": "flatpak/1", cookie: "session=1", "x-request-id": `ask-${method}` };
    await rawClient(world)({ method, path: `/index/static?${QUERY}&repository=org/of-${method}`, headers });
    const { host, connection, ...rest } = world.pulp.requests.at(-1)?.headers ?? {};
    expect(rest).toEqual({
      accept: "application/json",
      "user-agent": "flatpak/1",
      "x-forwarded-for": "127.0.0.1",
      "x-request-id": `ask-${method}`,
    });
  }
});

test("a fleet that asks at once costs Pulp one question, and each gets its own answer", async () => {
  world.pulp.requests.length = 0;
  const target = `/index/static?${QUERY}&repository=org/private-flatpak&repository=org/flatpak-app`;
  const clients = Array.from({ length: 40 }, (_, index) =>
    namesFor(world, index % 2 === 0 ? {} : { token: alice }, target),
  );
  const answers = await Promise.all(clients);
  expect(answers.map((names) => names.length)).toEqual(clients.map((_, index) => (index % 2 === 0 ? 1 : 2)));
  expect(world.pulp.requests).toHaveLength(1);
});

test.each(["GET", "HEAD"])(
  "different indexes on their way to one IPv6 /48 leave places for those of others, by %s",
  async (method) => {
    const slow = await startTestGateway({
      settings: { trusted_proxies: ["127.0.0.1"] },
      pulp: { delay: 500 },
    });
    try {
      const order: string[] = [];
      const ask = async (address: string, index: number) => {
        const path = `/index/static?${QUERY}&repository=org/of-${address}-${index}`;
        const { status } = await rawClient(slow)({ method, path, headers: { "x-forwarded-for": address } });
        order.push(address);
        return status;
      };
      const greedy = [1, 2, 3, 4, 5, 6].map((network) => `2001:db8:1:${network}::1`);
      const others = ["2001:db8:2::1", "192.0.2.1", "192.0.2.2"];
      const answers = await Promise.all([...greedy, ...others].map(ask));
      expect(answers.filter((status) => status !== 200)).toEqual([]);
      expect(others.filter((address) => order.slice(-2).includes(address))).toEqual([]);
    } finally {
      await slow.stop();
    }
  },
);

describe("what Pulp refuses", () => {
  testLines(
    () => world,
    [
      { when: "HEAD", request: `HEAD /index/static?${QUERY}`, status: 200 },
      {
        when: "the label is missing",
        request: "GET /index/static?tag=latest",
        status: 400,
        code: "REQUEST_INVALID",
        says: "Missing label:org.flatpak.ref:exists=1.",
      },
      { when: "nothing is asked", request: "GET /index/static", status: 400, says: "Missing label" },
      {
        when: "a parameter is unknown",
        request: `GET /index/dynamic?${EXISTS}&annotation:foo=1`,
        status: 400,
        says: "Unsupported annotation:foo.",
      },
      {
        when: "the query is endless",
        request: `GET /index/static?${EXISTS}&tag=${"x".repeat(9000)}`,
        status: 400,
        code: "REQUEST_INVALID",
      },
      {
        when: "a wrong token is shown",
        as: { token: "x" },
        request: `GET /index/static?${QUERY}`,
        status: 401,
        code: "UNAUTHORIZED",
        answers: { "www-authenticate": /,error="invalid_token"$/ },
      },
    ],
  );
});
