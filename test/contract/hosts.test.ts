import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { asForm } from "../../src/client/forms.ts";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { type ClientOptions, caller, client, pullStatus, tokenOf } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { pem, startTestGateway, type TestGateway, testFolder } from "../support/gateway.ts";
import { raw, testLines } from "../support/lines.ts";
import { get, head } from "../support/operations.ts";

/** A certificate in the format of Apache's header. */
const inHeader = (name: string): string => pem(`${name}.crt`).trim().replaceAll("\n", " ");
const HEADER = "X_RHSM_SSL_CLIENT_CERT";
const manifest = get.manifest("org/private-app", "1.0");
const PRIVATE = 'scope="repository:org/private-app:pull"';
const catalogOf = (text: string): string[] => JSON.parse(text).repositories;

let world: TestGateway;
let behindProxy: TestGateway;
let bob = "";
beforeAll(async () => {
  world = await startTestGateway();
  behindProxy = await startTestGateway({ settings: { trusted_proxies: ["127.0.0.1"] } });
  bob = await tokenOf(world, "bob:hunter2");
});
afterAll(async () => {
  await world.stop();
  await behindProxy.stop();
});

const asHost = { via: "https", certificate: "host" } as const;

describe("a registered host over TLS", () => {
  test.each([
    ["pulls a granted repository", manifest, {}, 200],
    ["sends HEAD to a granted repository", head.manifest("org/private-app", "1.0"), {}, 200],
    ["pulls it with the anonymous token, which is ignored", manifest, { token: "unauthenticated" }, 200],
    ["pulls it with an invalid token", manifest, { token: "gone" }, 200],
    ["pulls a public repository", get.manifest("org/public-app", "1.0"), {}, 200],
    ["does not pull a repository without a grant", get.manifest("org/other-app", "1.0"), {}, 404],
    ["gets 404 for a missing repository", get.manifest("org/nowhere", "1.0"), {}, 404],
    ["needs a token for /v2/", get.base(), {}, 401],
    ["may not administer", get.users(), {}, 403],
  ])("%s", async (_, call, as, status) => {
    expect((await caller(world, { ...asHost, ...as })(call)).status).toBe(status);
  });

  test("with a user's token is that user", async () => {
    const send = caller(world, { ...asHost, token: bob });
    expect((await send(get.manifest("org/other-app", "1.0"))).status).toBe(200);
    expect((await send(manifest)).status).toBe(404);
  });

  test("lists its granted repositories in the catalog, the tags and the search", async () => {
    const send = caller(world, asHost);
    expect(catalogOf((await send(get.catalog())).text)).toEqual(["org/private-app", "org/public-app"]);
    expect((await send(get.tags("org/private-app"))).status).toBe(200);
    expect(JSON.parse((await send(get.search({ q: "app" }))).text).num_results).toBe(2);
  });

  test("leads to one cached request to Katello, with its UUID only", async () => {
    const fresh = await startTestGateway();
    try {
      const send = caller(fresh, asHost);
      const answers = await Promise.all(Array.from({ length: 20 }, () => send(manifest)));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      const asked = fresh.katello.requests.filter(({ url }) => url === "/v2/_catalog");
      expect(asked).toHaveLength(1);
      expect(asked[0]?.headers).toMatchObject({ hostuuid: DEMO_HOST });
      expect(asked[0]?.headers).not.toHaveProperty("authorization");
      expect(await fresh.sql("SELECT uuid FROM hosts")).toEqual([{ uuid: DEMO_HOST }]);
    } finally {
      await fresh.stop();
    }
  });

  test("keeps the grants of a sync that arrives during the request to Katello", async () => {
    const fresh = await startTestGateway();
    fresh.katello.delay = 300;
    try {
      const met = caller(fresh, asHost)(get.tags("org/other-app"));
      await eventually("Katello is asked", () => fresh.katello.requests.length > 0);
      const { response } = await client(fresh, { via: "unix" }).putOneHostGrants({
        body: { hosts: [{ [DEMO_HOST]: [{ repository: "org/other-app", auth_required: true }] }] },
        ...asForm,
      });
      expect(response.status).toBe(200);
      expect((await met).status).toBe(200);
      expect(await pullStatus(fresh, asHost)).toBe(404);
    } finally {
      await fresh.stop();
    }
  });

  test("unknown to Katello pulls public repositories, and granted ones soon after its registration", async () => {
    const fresh = await startTestGateway({
      settings: { grants_ttl: 86_400 },
      katello: { unauthenticated: ["org/public-app"] },
    });
    fresh.katello.setHost(DEMO_HOST, undefined);
    try {
      const send = caller(fresh, asHost);
      const started = performance.now();
      const pulls = Array.from({ length: 10 }, () => send(manifest));
      expect((await Promise.all(pulls)).map(({ status }) => status)).toEqual(pulls.map(() => 404));
      const questions = fresh.katello.requests.filter(({ url }) => url === "/v2/_catalog").length;
      // One at the first request and one more at the first refusal, and again at most every second.
      const seconds = Math.floor((performance.now() - started) / 1000);
      expect(questions).toBeLessThanOrEqual(2 * (1 + seconds));
      expect((await send(get.manifest("org/public-app", "1.0"))).status).toBe(200);
      expect(await fresh.sql("SELECT unsettled FROM hosts")).toEqual([{ unsettled: true }]);
      fresh.katello.setHost(DEMO_HOST, ["org/private-app"]);
      await eventually("it is let in", async () => {
        const { status } = await send(manifest);
        return status === 200;
      });
      expect(await fresh.sql("SELECT unsettled FROM hosts")).toEqual([{ unsettled: false }]);
    } finally {
      await fresh.stop();
    }
  });

  test("mapped to nothing by a sync leads to no further requests to Katello", async () => {
    const fresh = await startTestGateway({ settings: { grants_ttl: 86_400 } });
    fresh.katello.setHost(DEMO_HOST, undefined);
    try {
      const send = caller(fresh, asHost);
      expect((await send(manifest)).status).toBe(404);
      const foreman = client(fresh, { via: "https", certificate: "foreman" });
      await foreman.putHostGrants({ body: { hosts: [{ [DEMO_HOST]: [] }] } });
      await eventually("it is settled", async () => {
        const [host] = await fresh.sql<{ unsettled: boolean }>("SELECT unsettled FROM hosts");
        return host?.unsettled === false;
      });
      fresh.katello.clearRequests();
      for (let time = 0; time < 5; time += 1) expect((await send(manifest)).status).toBe(404);
      expect(fresh.katello.requests).toEqual([]);
    } finally {
      await fresh.stop();
    }
  });

  test("with old grants pulls while they are renewed", async () => {
    const fresh = await startTestGateway({ settings: { grants_ttl: 1 } });
    try {
      const send = caller(fresh, asHost);
      expect((await send(manifest)).status).toBe(200);
      fresh.katello.setHost(DEMO_HOST, ["org/other-app"]);
      // Simulates an hour, and announces the change as the gateway does.
      await fresh.sql("UPDATE hosts SET granted_at = now() - interval '1 hour'");
      await fresh.sql("SELECT pg_notify('container_gateway', 'hosts *')");
      expect((await send(manifest)).status).toBe(200);
      const deadline = Date.now() + 10_000;
      while ((await send(manifest)).status === 200 && Date.now() < deadline);
      expect((await send(manifest)).status).toBe(404);
      expect((await send(get.tags("org/other-app"))).status).toBe(200);
    } finally {
      await fresh.stop();
    }
  });

  test("is not authenticated without rhsm_ca_file", async () => {
    const fresh = await startTestGateway({ settings: { rhsm_ca_file: null } });
    try {
      expect(await pullStatus(fresh, asHost)).toBe(401);
    } finally {
      await fresh.stop();
    }
  });
});

describe("a certificate that is not a host's does not authenticate", () => {
  test.each(["gateway", "foreman", "stranger"])("%s", async (certificate) => {
    const { status, headers } = await caller(world, { via: "https", certificate })(manifest);
    expect(status).toBe(401);
    expect(headers["www-authenticate"]).toContain(PRIVATE);
  });
});

describe("a host at an address in trusted_proxies", () => {
  const pull = (headers: Record<string, string> = {}, certificate = "host") =>
    caller(behindProxy, { via: "https", certificate })(manifest, headers);

  test("is authenticated by its own certificate over TLS", async () => {
    expect((await pull()).status).toBe(200);
  });

  test.each([
    ["the header is (null)", { [HEADER]: "(null)" }],
    ["the header has another certificate", { [HEADER]: inHeader("stranger") }],
    ["the request was passed on without the header", { "X-Forwarded-For": "203.0.113.9" }],
    ["the request was passed on with a Via header only", { Via: "1.1 proxy" }],
  ])("is not authenticated by it if %s", async (_, headers) => {
    const { status, headers: answered } = await pull(headers);
    expect([status, answered["www-authenticate"]]).toEqual([401, expect.stringContaining(PRIVATE)]);
  });

  test("is authenticated by the header if both are present", async () => {
    expect((await pull({ [HEADER]: inHeader("host") }, "gateway")).status).toBe(200);
  });

  test("is not authenticated by a certificate of another CA", async () => {
    expect((await pull({}, "stranger")).status).toBe(401);
  });
});

describe("with one CA for hosts, reverse proxies and Foreman", () => {
  test("a name in trusted_proxies or trusted_hosts is not a host, over TLS or in the header", async () => {
    const settings = {
      rhsm_ca_file: join(testFolder(), "ca.crt"),
      trusted_proxies: ["Gateway.example.org", "127.0.0.1"],
    };
    const one = await startTestGateway({ settings });
    try {
      for (const name of ["gateway", "foreman"]) {
        one.katello.setHost(`${name}.example.org`, ["org/private-app"]);
        const overTls = caller(one, { via: "https", certificate: name });
        expect((await overTls(manifest)).status).toBe(401);
        expect((await caller(one)(manifest, { [HEADER]: inHeader(name) })).status).toBe(401);
      }
      expect(one.katello.requests.filter(({ headers }) => headers.hostuuid !== undefined)).toEqual([]);
      expect(await one.sql("SELECT uuid FROM hosts")).toEqual([]);
    } finally {
      await one.stop();
    }
  });
});

describe("a certificate in a header", () => {
  test("is accepted from a trusted proxy", async () => {
    const send = caller(behindProxy);
    const headers = { [HEADER]: inHeader("host") };
    expect((await send(manifest, headers)).status).toBe(200);
    expect((await send(get.manifest("org/other-app", "1.0"), headers)).status).toBe(404);
    const escaped = { [HEADER]: encodeURIComponent(pem("host.crt")) };
    expect((await send(manifest, escaped)).status).toBe(200);
  });

  test("is ignored from other addresses", async () => {
    const headers = { [HEADER]: inHeader("host") };
    expect((await caller(world)(manifest, headers)).status).toBe(401);
    expect((await caller(world, { via: "unix" })(manifest, headers)).status).toBe(401);
  });

  test("is accepted over the unix socket and by name, if trusted_proxies has them", async () => {
    const named = await startTestGateway({ settings: { trusted_proxies: ["unix", "gateway.example.org"] } });
    const ask = (as: ClientOptions) => caller(named, as)(manifest, { [HEADER]: inHeader("host") });
    try {
      expect((await ask({ via: "unix" })).status).toBe(200);
      expect((await ask({ via: "https", certificate: "gateway" })).status).toBe(200);
      expect((await ask({ via: "https", certificate: "stranger" })).status).toBe(401);
      expect((await ask({ via: "http" })).status).toBe(401);
    } finally {
      await named.stop();
    }
  });

  testLines(
    () => behindProxy,
    [
      ...["X-RHSM-SSL-Client-Cert", "SSL_CLIENT_CERT", "X-SSL-Client-Cert", "X_RHSM-SSL_CLIENT_CERT"].map(
        (name) => ({
          when: `a similar header, ${name}`,
          headers: () => ({ [name]: inHeader("host") }),
          call: manifest,
          status: 401,
          challenge: PRIVATE,
        }),
      ),
      ...[
        ["none", () => "(null)"],
        ["nothing", () => ""],
        ["one of another authority", () => inHeader("stranger")],
        ["one for servers", () => inHeader("server")],
        ["one cut short", () => inHeader("host").slice(0, 300)],
        ["one cut short, closed", () => `${inHeader("host").slice(0, 300)} -----END CERTIFICATE-----`],
        ["two", () => `${inHeader("host")} ${inHeader("host")}`],
        ["a key", () => pem("host.key").trim().replaceAll("\n", " ")],
        ["a broken escape", () => "-----BEGIN CERTIFICATE-----%zz"],
        [
          "20 kB of letters",
          () => `-----BEGIN CERTIFICATE----- ${"A".repeat(20_000)} -----END CERTIFICATE-----`,
        ],
      ].map(([what, text]) => ({
        when: `the header holds ${what}`,
        headers: () => ({ [HEADER]: typeof text === "function" ? text() : "" }),
        call: manifest,
        status: 401,
        challenge: PRIVATE,
      })),
      {
        when: "the header is sent twice",
        call: raw("GET /v2/org/private-app/manifests/1.0", undefined, {
          [HEADER]: [inHeader("host"), inHeader("host")],
        }),
        status: 401,
        challenge: PRIVATE,
      },
      {
        when: "a client sends HostUUID",
        headers: { HostUUID: DEMO_HOST },
        call: manifest,
        status: 401,
        challenge: PRIVATE,
      },
    ],
  );
});
