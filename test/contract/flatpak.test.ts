import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { type ClientOptions, caller, tokenOf } from "../support/client.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { testLines } from "../support/lines.ts";
import { type Call, get, head } from "../support/operations.ts";

const EXISTS = "label%3Aorg.flatpak.ref%3Aexists=1";
/** The query that flatpak sends. */
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

async function namesFor(gateway: TestGateway, as: ClientOptions, call: Call): Promise<string[]> {
  const { status, text } = await caller(gateway, as)(call);
  expect({ status, text }).toMatchObject({ status: 200 });
  return JSON.parse(text).Results.map(({ Name }: { Name: string }) => Name);
}

const all = ["org/flatpak-app", "org/private-flatpak"];

describe("the Flatpak index lists", () => {
  test.each<[string, ClientOptions, string[]]>([
    ["public repositories for an anonymous caller", {}, ["org/flatpak-app"]],
    ["public repositories for the anonymous token", { token: "unauthenticated" }, ["org/flatpak-app"]],
    ["granted repositories for a host", { via: "https", certificate: "host" }, all],
    [
      "public repositories for a certificate that is not a host's",
      { via: "https", certificate: "stranger" },
      ["org/flatpak-app"],
    ],
  ])("%s", async (_, as, names) => {
    for (const call of [get.index(QUERY), get.dynamicIndex(QUERY)]) {
      expect(await namesFor(world, as, call)).toEqual(names);
      expect(await namesFor(world, { ...as, prefix: "/container_gateway" }, call)).toEqual(names);
    }
  });

  test("granted repositories for a user", async () => {
    expect(await namesFor(world, { token: alice }, get.index(QUERY))).toEqual(all);
  });

  test("everything for every caller when it is open, while pulls are still authorized", async () => {
    expect(await namesFor(open, {}, get.index(QUERY))).toEqual(all);
    const { status } = await caller(open)(get.manifest("org/private-flatpak", "latest"));
    expect(status).toBe(401);
  });
});

test("returns Pulp's entries with the gateway as registry", async () => {
  const { text, headers } = await caller(world)(get.index(QUERY));
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

test("forwards the query to Pulp unchanged, with repeated parameters in order", async () => {
  const query = `tag=stable&${EXISTS}&os=linux&tag=latest&label:org.flatpak.ref=app%2Forg.example.Hello%2Fx86_64%2Fstable`;
  await namesFor(world, {}, get.dynamicIndex(query));
  expect(world.pulp.requests.at(-1)?.url).toBe(`/pulpcore_registry/index/dynamic?${query}`);
});

test("forwards only the client's address, User-Agent and request id to Pulp", async () => {
  for (const [method, { index }] of Object.entries({ get, head })) {
    const headers = { "user-agent": "flatpak/1", cookie: "session=1", "x-request-id": `ask-${method}` };
    await caller(world)(index(`${QUERY}&repository=org/of-${method}`), headers);
    const { host, connection, ...rest } = world.pulp.requests.at(-1)?.headers ?? {};
    expect(rest).toEqual({
      accept: "application/json",
      "user-agent": "flatpak/1",
      "x-forwarded-for": "127.0.0.1",
      "x-request-id": `ask-${method}`,
    });
  }
});

test("coalesces concurrent requests into one to Pulp, and filters each reply by caller", async () => {
  world.pulp.requests.length = 0;
  const call = get.index(`${QUERY}&repository=org/private-flatpak&repository=org/flatpak-app`);
  const clients = Array.from({ length: 40 }, (_, index) =>
    namesFor(world, index % 2 === 0 ? {} : { token: alice }, call),
  );
  const answers = await Promise.all(clients);
  expect(answers.map((names) => names.length)).toEqual(clients.map((_, index) => (index % 2 === 0 ? 1 : 2)));
  expect(world.pulp.requests).toHaveLength(1);
});

test.each([
  ["GET", get.index],
  ["HEAD", head.index],
])(
  "reserves places for other addresses while one IPv6 /48 requests different indexes, by %s",
  async (_, index) => {
    const slow = await startTestGateway({
      settings: { trusted_proxies: ["127.0.0.1"] },
      pulp: { delay: 1_000 },
    });
    try {
      const ask = async (address: string, at: number) => {
        const call = index(`${QUERY}&repository=org/of-${address}-${at}`);
        return (await caller(slow)(call, { "x-forwarded-for": address })).status;
      };
      const greedy = [1, 2, 3, 4, 5, 6].map((network) => `2001:db8:1:${network}::1`);
      const others = ["2001:db8:2::1", "192.0.2.1", "192.0.2.2"];
      const answers = await Promise.all([...greedy, ...others].map(ask));
      expect(answers.filter((status) => status !== 200)).toEqual([]);
      // As Pulp got them: clients may receive replies of the same time in any order.
      const last = slow.pulp.requests.slice(-2).map(({ url }) => decodeURIComponent(url ?? ""));
      expect(others.filter((address) => last.some((url) => url.includes(address)))).toEqual([]);
      expect(slow.pulp.requests).toHaveLength(greedy.length + others.length);
    } finally {
      await slow.stop();
    }
  },
);

describe("the Flatpak index rejects", () => {
  testLines(
    () => world,
    [
      { when: "HEAD", call: head.index(QUERY), status: 200 },
      {
        when: "a query without the label",
        call: get.index("tag=latest"),
        status: 400,
        code: "REQUEST_INVALID",
        says: "Missing label:org.flatpak.ref:exists=1.",
      },
      {
        when: "a query without parameters",
        call: get.index(),
        status: 400,
        says: "Missing label",
      },
      {
        when: "an unknown parameter",
        call: get.dynamicIndex(`${EXISTS}&annotation:foo=1`),
        status: 400,
        says: "Unsupported annotation:foo.",
      },
      {
        when: "a query that is too long",
        call: get.index(`${EXISTS}&tag=${"x".repeat(9000)}`),
        status: 400,
        code: "REQUEST_INVALID",
      },
      {
        when: "an invalid token",
        as: { token: "x" },
        call: get.index(QUERY),
        status: 401,
        code: "UNAUTHORIZED",
        answers: { "www-authenticate": /,error="invalid_token"$/ },
      },
    ],
  );
});
