/** The black-box suite passes on this gateway, and finds gateways that break the contract. */
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type Problem, problemText } from "../../src/contract/place.ts";
import { ROLES } from "../../src/contract/verify/case.ts";
import type { Target } from "../../src/contract/verify/probe.ts";
import { junitReport, tapEnd, tapLines } from "../../src/contract/verify/report.ts";
import { CASES, type GatewayKind, isFailure, type Outcome, verify } from "../../src/contract/verify/suite.ts";
import { openReplyValidators } from "../../src/http/contract.ts";
import { startCommand } from "../support/command.ts";
import { expectPlaces } from "../support/contract-places.ts";
import {
  type ChangeableReply,
  type DeviatingProxy,
  type Deviation,
  startDeviatingProxy,
} from "../support/deviating-proxy.ts";
import { pem, startTestGateway, type TestGateway, testFolder } from "../support/gateway.ts";

const validators = await openReplyValidators();

let world: TestGateway;
let proxy: DeviatingProxy;

beforeAll(async () => {
  world = await startTestGateway({ settings: { login_ttl: 60 } });
  proxy = await startDeviatingProxy(world.https);
});
afterAll(async () => {
  await proxy.close();
  await world.stop();
});

const target = (url: string, changes: Partial<Target> = {}): Target => ({
  url,
  registryUrl: url,
  ca: pem("ca.crt"),
  certificate: { cert: pem("foreman.crt"), key: pem("foreman.key") },
  login: { name: "alice", password: "secret" },
  repository: "org/private-app",
  tag: "latest",
  mayReplace: false,
  ...changes,
});

async function outcomes(where: Target, gateway: GatewayKind = "any"): Promise<Outcome[]> {
  const all: Outcome[] = [];
  for await (const outcome of verify(where, ROLES, { gateway, validators })) all.push(outcome);
  return all;
}

/** Problems of the first case that has some. */
async function firstProblems(where: Target): Promise<readonly Problem[]> {
  for await (const { problems } of verify(where, ROLES, { validators }))
    if (problems.length > 0) return problems;
  return [];
}

const problemsIn = (all: readonly Outcome[]): string[] =>
  all.flatMap(({ title, problems }) => problems.map((problem) => `${title}: ${problemText(problem)}`));

describe("this gateway", () => {
  test("keeps the contract, in less than 30 seconds", async () => {
    const startedAt = performance.now();
    const all = await outcomes(target(world.https));
    expect(problemsIn(all)).toEqual([]);
    const seconds = (performance.now() - startedAt) / 1000;
    process.stdout.write(`contract verify: ${all.length} cases in ${seconds.toFixed(1)} s\n`);
    expect(seconds).toBeLessThan(30);
    expect(all.filter(({ skipped }) => skipped !== undefined).map(({ skipped }) => skipped)).toEqual(
      Array(5).fill("needs --replace"),
    );
  });

  test("keeps it below /container_gateway, too", async () => {
    const all = await outcomes(target(world.https, { registryUrl: `${world.https}/container_gateway` }));
    expect(problemsIn(all)).toEqual([]);
  });

  test("says what each case lacks", async () => {
    const lacking = { certificate: undefined, login: undefined, repository: undefined };
    const all = await outcomes(target(world.https, lacking));
    expect(problemsIn(all)).toEqual([]);
    const skipped = new Set(all.flatMap(({ skipped: why }) => why ?? []));
    expect(skipped).toEqual(new Set(["needs --cert and --key", "needs --user", "needs --repository"]));
  });
});

const isPath =
  (path: RegExp, ...methods: readonly string[]) =>
  ({ url = "", method = "" }: { url?: string | undefined; method?: string | undefined }): boolean =>
    path.test(url) && (methods.length === 0 || methods.includes(method));

/** Changes the JSON of replies at a path. */
const withBody =
  (path: RegExp, status: number, change: (body: Record<string, unknown>) => unknown): Deviation =>
  (reply, request) => {
    if (!isPath(path)(request) || reply.status !== status || request.method === "HEAD") return;
    reply.text = JSON.stringify(change(JSON.parse(reply.text)));
  };

const withStatus =
  (path: RegExp, from: number, to: number, ...methods: readonly string[]): Deviation =>
  (reply, request) => {
    if (isPath(path, ...methods)(request) && reply.status === from) reply.status = to;
  };

const withHeader =
  (
    path: RegExp,
    name: string,
    change: (value: string) => string | string[] | undefined,
    ...methods: readonly string[]
  ): Deviation =>
  (reply, request) => {
    const value = reply.headers[name];
    if (!isPath(path, ...methods)(request) || typeof value !== "string") return;
    const changed = change(value);
    if (changed === undefined) delete reply.headers[name];
    else reply.headers[name] = changed;
  };

const without = (name: string) => (body: Record<string, unknown>) => ({ ...body, [name]: undefined });
const and = (more: object) => (body: Record<string, unknown>) => ({ ...body, ...more });

const CHALLENGE = "www-authenticate";
const DEVIATIONS: Readonly<Record<string, Deviation>> = {
  "GET /v2/ is 200 for everybody": withStatus(/^\/v2\/$/, 401, 200),
  "a 401 without a challenge": withHeader(/^\/v2\//, CHALLENGE, () => undefined),
  "a Basic challenge beside the other": withHeader(/^\/v2\/$/, CHALLENGE, (bearer) => [
    bearer,
    'Basic realm="x"',
  ]),
  "a realm that is no address of tokens": withHeader(/./, CHALLENGE, (text) =>
    text.replace("/v2/token", "/auth"),
  ),
  "a challenge without a service": withHeader(/./, CHALLENGE, (text) => text.replace(/,service="[^"]*"/, "")),
  "a challenge without a scope": withHeader(/./, CHALLENGE, (text) => text.replace(/,scope="[^"]*"/, "")),
  "a challenge that does not say that the token is invalid": withHeader(/./, CHALLENGE, (text) =>
    text.replace(',error="invalid_token"', ""),
  ),
  "a challenge that does not say that the token is not enough": withHeader(/./, CHALLENGE, (text) =>
    text.replace(',error="insufficient_scope"', ""),
  ),
  "no access_token": withBody(/^\/v2\/token/, 200, without("access_token")),
  "another access_token": withBody(/^\/v2\/token/, 200, and({ access_token: "other" })),
  "a refresh_token": withBody(/^\/v2\/token/, 200, and({ refresh_token: "r" })),
  "a token with issued_at": withBody(/^\/v2\/token/, 200, and({ issued_at: "2026-11-26T10:00:00Z" })),
  "a token for ten seconds": withBody(/^\/v2\/token/, 200, and({ expires_in: 10 })),
  "expires_in as a text": withBody(/^\/v2\/token/, 200, and({ expires_in: "300" })),
  "a token that may be stored": withHeader(/^\/v2\/token/, "cache-control", () => "max-age=60"),
  "404 for a private repository": withStatus(/manifests/, 401, 404),
  "403 for an unknown repository": withStatus(/does-not-exist/, 404, 403),
  "another code for an unknown repository": withBody(/does-not-exist/, 404, (body) => ({
    ...body,
    errors: [{ code: "DENIED", message: "no", detail: {} }],
  })),
  "404 for pushes": withStatus(/./, 405, 404),
  "another message for pushes": withBody(/./, 405, () => ({
    errors: [{ code: "UNSUPPORTED", message: "no", detail: {} }],
  })),
  "errors as text": (reply) => {
    if (reply.status >= 400) reply.headers["content-type"] = "text/plain";
  },
  "errors without a code": withBody(/./, 401, () => ({ errors: [{ message: "no" }] })),
  "a manifest with another digest": withHeader(/manifests/, "docker-content-digest", (text) =>
    text.replace(/.$/, (last) => (last === "0" ? "1" : "0")),
  ),
  "HEAD without a digest": withHeader(/manifests/, "docker-content-digest", () => undefined, "HEAD"),
  "HEAD with another type": withHeader(/manifests/, "content-type", () => "application/json", "HEAD"),
  "200 for what the client has": withStatus(/manifests/, 304, 200),
  "a catalog in another order": withBody(/_catalog$/, 200, (body) => ({
    repositories: [body.repositories].flat().toReversed(),
  })),
  "a catalog without pages": (reply, request) => {
    if (!/_catalog\?n=1/.test(request.url ?? "")) return;
    reply.text = JSON.stringify({ repositories: ["org/a", "org/b"] });
    delete reply.headers.link;
  },
  "a Link to another host": withHeader(/_catalog/, "link", (link) => link.replace("</", "<https://pulp/")),
  "a Link that leads to the same page": withHeader(/_catalog/, "link", (link) =>
    link.replace(/last=[^&>]*/, "last="),
  ),
  "a catalog as one text": withBody(/_catalog/, 200, () => ({ repositories: "org/app" })),
  "null for tags": withBody(/tags\/list/, 200, and({ tags: null })),
  "another code for an unknown tag": withBody(/contract-none/, 404, () => ({
    errors: [{ code: "NAME_UNKNOWN", message: "no", detail: {} }],
  })),
  "400 as 500": withStatus(/./, 400, 500),
  "search results without the fields that docker shows": withBody(/v1\/search/, 200, (body) => ({
    ...body,
    results: [{ name: "org/app", description: "" }],
  })),
  "podman's search does not go on to the catalog": withStatus(/v1\/search/, 404, 200),
  "no ping": withStatus(/_ping/, 200, 404),
  "another request id": withHeader(/./, "x-request-id", () => "other"),
  "no version of the API": withHeader(/^\/v2/, "docker-distribution-api-version", () => undefined),
  "an index without results": withBody(/^\/index/, 200, without("Results")),
  "an error for every layer": (reply, request) => {
    if (!/blobs/.test(request.url ?? "") || reply.status >= 400) return;
    reply.status = 404;
    reply.headers["content-type"] = "application/json; charset=utf-8";
    reply.text = JSON.stringify({ errors: [{ code: "BLOB_UNKNOWN", message: "no", detail: {} }] });
  },
  "a layer that leads nowhere": withHeader(/blobs/, "location", () => "blob"),
  "HEAD of a layer has another status": withStatus(/blobs/, 302, 200, "HEAD"),
  "referrers as a manifest": withHeader(/referrers/, "content-type", () => "application/json"),
  "referrers without a list": withBody(/referrers/, 200, without("manifests")),
  "signatures as an object": withBody(/signatures/, 200, and({ signatures: {} })),
  "users as an object": withBody(/\/users/, 200, () => ({ users: {} })),
  "204 for a sync": withStatus(/update_host_repositories/, 200, 204),
  "a sync whose reply is no JSON": (reply, request) => {
    if (/update_host_repositories/.test(request.url ?? "") && reply.status === 200) reply.text = "OK";
  },
  "a form of another shape is taken": withStatus(/update_host_repositories/, 400, 200),
  "401 for Katello without a certificate": withStatus(/container_gateway/, 403, 401),
  "a feature that is not running": withBody(/v2\/features/, 200, () => ({
    container_gateway: {
      state: "failed",
      capabilities: [],
      http_enabled: false,
      https_enabled: true,
      settings: {},
    },
  })),
  "a feature that is not listed": (reply, request) => {
    if (request.url === "/features") reply.text = '["registry"]';
  },
  "a version without the module": withBody(/^\/version/, 200, and({ modules: {} })),
};

describe("a gateway that deviates is found", () => {
  let plain: Outcome[];
  beforeAll(async () => {
    proxy.deviation = undefined;
    plain = await outcomes(target(proxy.url));
  });
  beforeEach(() => {
    proxy.deviation = undefined;
  });

  test("and one that does not is not", () => {
    expect(problemsIn(plain)).toEqual([]);
  });

  test.each(Object.entries(DEVIATIONS))("%s", async (_, deviation) => {
    proxy.deviation = deviation;
    const problems = await firstProblems(target(proxy.url));
    expect(problems).not.toEqual([]);
    expectPlaces(problems);
  });
});

describe("the command", () => {
  const inFolder = (name: string) => join(testFolder(), name);
  async function run(url: string, ...more: (string | Readonly<Record<string, string>>)[]) {
    const { ended, said } = startCommand(
      ...["contract", "verify", "--url", url, "--ca", inFolder("ca.crt"), "--repository", "org/private-app"],
      ...["--cert", inFolder("foreman.crt"), "--key", inFolder("foreman.key"), "--user", "alice"],
      ...more,
    );
    return { code: await ended, said: said() };
  }
  const password = { CONTRACT_PASSWORD: "secret" };

  test("prints TAP, and ends with 0", async () => {
    proxy.deviation = undefined;
    const { code, said } = await run(proxy.url, password);
    expect(said).toMatch(/^TAP version 14\n/);
    expect(said).toContain("\nok 1 - ");
    expect(said).not.toContain("not ok");
    expect(said).not.toContain("secret");
    expect(code).toBe(0);
  });

  test("prints the cases of some callers as JUnit's XML, and ends with 2 if a rule is broken", async () => {
    proxy.deviation = DEVIATIONS["users as an object"];
    const { code, said } = await run(proxy.url, "--as", "katello", "--report", "junit", password);
    expect(said).toMatch(/^<\?xml /);
    expect(said).toContain("GET /users lists logins");
    expect(said).toContain("<failure");
    expect(said).not.toContain("docker search");
    expect(code).toBe(2);
  });

  test("ends with 0 for a known difference of the plugin", async () => {
    proxy.deviation = withHeader(/./, "x-request-id", () => undefined);
    expect((await run(proxy.url, "--as", "foreman", password)).code).toBe(2);
    expect((await run(proxy.url, "--as", "foreman", "--gateway", "plugin", password)).code).toBe(0);
  });

  test("asks for a password, and for callers that it knows", async () => {
    const lacking = await run(proxy.url);
    expect(lacking.said).toContain("--user needs the account's password in the variable CONTRACT_PASSWORD");
    const unknown = await run(proxy.url, "--as", "pulp", password);
    expect(unknown.said).toContain("--as must list katello, foreman, client, not pulp");
    expect([lacking.code, unknown.code]).toEqual([64, 64]);
  });
});

/** Changes statuses and bodies of Katello's calls to those of the plugin: what Sinatra raises is a 500. */
function asPluginToKatello(reply: ChangeableReply, { url = "", method, headers }: IncomingMessage): void {
  if (method !== "PUT" || (reply.status !== 200 && reply.status !== 400)) return;
  const isBareKey = Number(headers["content-length"]) <= "hosts".length;
  if (/user_repository_mapping/.test(url) || (/update_hosts/.test(url) && !isBareKey)) reply.status = 500;
  else if (/repository_list/.test(url)) Object.assign(reply, { status: 200, text: "" });
  else if (reply.status === 400) reply.status = 500;
}

/** The whole catalog, which the plugin sends whatever `n` and `last` are. */
let wholeCatalog = "";

/** Changes the replies about content to those of the plugin, which leads to Pulp for manifests, and sends on what Pulp says. */
function asPluginAboutContent(reply: ChangeableReply, { url = "", method, headers }: IncomingMessage): void {
  if (/_catalog$/.test(url)) wholeCatalog = reply.text;
  if (/_catalog\?n=/.test(url) && reply.status === 200) {
    reply.text = wholeCatalog;
    delete reply.headers.link;
  }
  if (/tags\/list/.test(url) && reply.headers.link !== undefined)
    reply.headers.link = '<https://pulp.example.org/v2/org/private-app/tags/list?n=1&last=1.0>; rel="next"';
  const isManifest = /\/manifests\//.test(url);
  if (isManifest && reply.status === 304)
    Object.assign(reply, { status: 500, text: "Internal Server Error" });
  if (isManifest && reply.status === 200) {
    Object.assign(reply, { status: method === "HEAD" ? 303 : 302, text: "" });
    Object.assign(reply.headers, { location: `https://pulp.example.org${url}`, "content-length": "0" });
    delete reply.headers["content-type"];
    delete reply.headers["docker-content-digest"];
  }
  if (/contract-none|blobs\/sha256:0{64}/.test(url) && reply.status === 404 && method !== "HEAD")
    reply.text = JSON.stringify({ errors: [{ code: "NOT_FOUND", message: "Not Found", detail: {} }] });
  if (/referrers|signatures/.test(url))
    Object.assign(reply, { status: 404, text: method === "HEAD" ? "" : "{}" });
  const isLogin = /^Basic /.test(headers.authorization ?? "") && !/v2\/token/.test(url);
  if (isLogin) Object.assign(reply, { status: 401 });
}

/** Changes the replies of a login to those of the plugin: Katello's, and none to a POST. */
function asPluginToLogins(reply: ChangeableReply, request: IncomingMessage): void {
  const { url = "", method, headers } = request;
  if (!/v2\/token/.test(url)) return;
  const katellos = { expires_in: 3_600, issued_at: "2026-11-27" };
  withBody(/./, 200, (body) => ({ token: body.token, ...katellos }))(reply, request);
  reply.headers["content-type"] = "text/html";
  if (method === "POST") Object.assign(reply, UNKNOWN_URL);
  if (headers.authorization === undefined && /[?&]scope=/.test(url)) reply.status = 401;
}

/** The Smart Proxy's reply to a URL or a method that no module has. */
const UNKNOWN_URL = { status: 404, text: "Requested url was not found" };

/** Changes replies to those that the plugin 3.5.0 was seen to send. */
const asPlugin: Deviation = (reply, request) => {
  const { url = "", method = "" } = request;
  asPluginToKatello(reply, request);
  asPluginAboutContent(reply, request);
  asPluginToLogins(reply, request);
  if (/_ping/.test(url)) reply.status = 403;
  if (reply.status === 400 && /\/v2\//.test(url)) reply.status = 404;
  if (/nothing\/here/.test(url)) Object.assign(reply, { text: "<h1>Not Found</h1>" });
  delete reply.headers["x-request-id"];
  delete reply.headers["cache-control"];
  const isAboutRepository = /\/v2\/.+\/(?:manifests|blobs|tags)\//.test(url);
  if (isAboutRepository && reply.status === 401) reply.status = 404;
  if (reply.status === 405) reply.status = 404;
  if (method === "DELETE") Object.assign(reply, UNKNOWN_URL);
  const challenge = reply.headers[CHALLENGE];
  if (typeof challenge === "string") {
    const plain = challenge.replace(/,(?:scope|error)="[^"]*"/g, "");
    reply.headers[CHALLENGE] = `${plain},scope="repository:registry:pull,push"`;
  }
  if (reply.status >= 400 && reply.status !== 404) {
    reply.headers["content-type"] = "text/html";
    if (method !== "HEAD") reply.text = "refused";
  }
  withBody(/v1\/search/, 200, and({ results: [{ name: "org/app", description: "" }] }))(reply, request);
};

describe("the plugin", () => {
  test("differs in what is known, and in nothing else", async () => {
    // Of its own, because Katello's whole lists replace what others pull.
    const own = await startTestGateway({ settings: { login_ttl: 60 } });
    const plugin = await startDeviatingProxy(own.https);
    plugin.deviation = asPlugin;
    const all = await outcomes(target(plugin.url, { mayReplace: true }), "plugin");
    await plugin.close();
    await own.stop();
    expect(problemsIn(all.filter(isFailure))).toEqual([]);
    const listed = CASES.flatMap(({ title, plugin }) => (plugin === undefined ? [] : [[title, plugin.text]]));
    const seen = new Map(all.map(({ title, known }) => [title, known]));
    expect(listed.map(([title = ""]) => [title, seen.get(title)])).toEqual(listed);
  });

  test("is not excused for anything else", async () => {
    proxy.deviation = (reply, request) => {
      asPlugin(reply, request);
      DEVIATIONS["users as an object"]?.(reply, request);
    };
    const failures = (await outcomes(target(proxy.url), "plugin")).filter(isFailure);
    expect(failures.map(({ title }) => title)).toEqual(["GET /users lists logins"]);
  });
});

test("this gateway keeps the contract for Katello's whole lists, too", async () => {
  const all = await outcomes(target(world.https, { mayReplace: true }));
  expect(problemsIn(all)).toEqual([]);
  expect(all.filter(({ skipped }) => skipped !== undefined)).toEqual([]);
});

describe("reports", () => {
  const place = { pointer: "#/paths", line: 7 };
  const all: Outcome[] = [
    { role: "client", title: "a # b", milliseconds: 3, problems: [] },
    { role: "katello", title: "c", milliseconds: 20, problems: [{ text: 'it is "x" & <y>\u0001', place }] },
    {
      role: "client",
      title: "e",
      milliseconds: 1,
      problems: [{ text: "404", place: undefined }],
      known: "404",
    },
    { role: "foreman", title: "d", milliseconds: 0, problems: [], skipped: "needs --cert and --key" },
  ];

  test("in TAP", () => {
    expect([...all.flatMap((one, index) => tapLines(one, index + 1)), ...tapEnd(all)]).toEqual([
      "ok 1 - client: a \\# b",
      "not ok 2 - katello: c",
      "  ---",
      "  problems:",
      '    - "it is \\"x\\" & <y>\\u0001 (openapi.yaml:7 #/paths)"',
      "  ...",
      "not ok 3 - client: e # TODO known difference: 404",
      "  ---",
      "  problems:",
      '    - "404"',
      "  ...",
      "ok 4 - foreman: d # SKIP needs --cert and --key",
      "1..4",
      "# 1 passed, 1 failed, 1 known differences, 1 skipped",
    ]);
  });

  test("in JUnit's XML", () => {
    const report = junitReport(all);
    expect(report).toContain('<testsuite name="contract" tests="4" failures="1" skipped="2" time="0.024">');
    expect(report).toContain(
      '<failure message="it is &quot;x&quot; &amp; &lt;y&gt;\ufffd">openapi.yaml:7 #/paths</failure>',
    );
    expect(report).toContain('<skipped message="needs --cert and --key"/>');
  });
});

test("each title names one case", () => {
  expect(new Set(CASES.map(({ title }) => title)).size).toBe(CASES.length);
});
