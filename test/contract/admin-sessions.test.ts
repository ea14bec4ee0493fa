/** Browsers at `admin_listen`: sign-in, sessions, and what other sites may not do. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { OPERATIONS, type OperationId } from "../../src/generated/operations.ts";
import { caller, client, rawClient } from "../support/client.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { get, operation } from "../support/operations.ts";

let world: TestGateway;
const lines: { readonly audit?: true; readonly [name: string]: unknown }[] = [];

beforeAll(async () => {
  const { pino } = await import("pino");
  const log = pino({ level: "info" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  world = await startTestGateway({
    log,
    browsers: true,
    settings: { foreman_failed_logins: 0, login_attempts: 3 },
    katello: { failedLoginLimit: 0 },
  });
  world.katello.setUser("admin", { password: "changeme", repositories: [], administrator: true });
});
afterAll(async () => {
  await world.stop();
});

const origin = () => world.adminUrl;
const send = (id: OperationId, headers: Record<string, string> = {}) =>
  caller(world, { via: "adminHttp" })(operation(id), headers);

const basic = (login: string) => ({ authorization: `Basic ${Buffer.from(login).toString("base64")}` });
const cookieOf = (reply: { readonly headers: Readonly<Record<string, string | string[] | undefined>> }) =>
  String(reply.headers["set-cookie"]);

async function newLink(): Promise<string> {
  const { data } = await client(world, { via: "admin" }).postSignInLink();
  return data?.urls[0] ?? "";
}
const codeOf = (link: string): string => new URL(link).hash.replace("#link=", "");

/** Signs in by a link. @returns the cookie as a browser sends it */
async function signedIn(): Promise<string> {
  const reply = await send("postSession", { "x-sign-in-code": codeOf(await newLink()) });
  return cookieOf(reply).split(";")[0] ?? "";
}

describe("without a session", () => {
  const paths = OPERATIONS.filter(
    ({ tag, id }) => tag === "admin" && id !== "postSession" && id !== "getMetrics",
  );
  test.each(paths.map(({ id }) => id))("%s is 401 in words, without a dialog of the browser", async (id) => {
    const path = {
      repository: "org/app",
      login: "alice",
      uuid: "0".repeat(8),
      checksum: "0".repeat(64),
    };
    const { status, headers, text } = await caller(world, { via: "adminHttp" })(operation(id, { path }));
    expect(status).toBe(401);
    expect(headers["www-authenticate"]).toBe('Session realm="/ui/"');
    expect(JSON.parse(text)).toEqual({
      errors: [{ code: "UNAUTHORIZED", message: expect.stringMatching(/^sign in/), detail: {} }],
    });
  });

  test("nothing is in the audit log: nobody has been refused", async () => {
    const before = lines.length;
    await send("getSession");
    await send("deleteCache");
    const added = lines.slice(before).filter(({ audit }) => audit === true);
    expect(added).toEqual([]);
  });

  test("metrics are not served either", async () => {
    expect((await send("getMetrics")).status).toBe(401);
  });

  test("made-up, changed and foreign cookies are none", async () => {
    const cookie = await signedIn();
    const [text = "", hash = ""] = cookie.split("=")[1]?.split(".") ?? [];
    const session = JSON.parse(Buffer.from(text, "base64url").toString());
    const longer = Buffer.from(JSON.stringify({ ...session, renewedAt: Date.now() + 1e9 })).toString(
      "base64url",
    );
    for (const value of ["", "x", "x.y", `${text}.`, `${longer}.${hash}`, `.${hash}`])
      expect((await send("getStatus", { cookie: `container_gateway_session=${value}` })).status).toBe(401);
  });
});

describe("a link", () => {
  test("signs in one browser, once", async () => {
    const code = codeOf(await newLink());
    const first = await send("postSession", { "x-sign-in-code": code, origin: origin() });
    expect(first.status).toBe(200);
    expect(cookieOf(first)).toMatch(
      /^container_gateway_session=[\w.-]+; Max-Age=28\d{3}; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect(JSON.parse(first.text)).toMatchObject({ name: "link", by: "link" });
    const second = await send("postSession", { "x-sign-in-code": code });
    expect(second.status).toBe(401);
    expect(second.text).toMatch(/container-gateway ui/);
  });

  test("is made for operators only, with an address that a browser can reach", async () => {
    expect(await newLink()).toMatch(`${origin()}/ui/#link=`);
    const cookie = await signedIn();
    const { status } = await send("postSignInLink", { cookie, origin: origin() });
    expect(status).toBe(401);
  });
});

describe("a Foreman account", () => {
  test("that is an administrator there signs in, and acts under its name", async () => {
    const reply = await send("postSession", { ...basic("admin:changeme"), origin: origin() });
    expect(JSON.parse(reply.text)).toMatchObject({ name: "admin", by: "foreman" });
    const cookie = cookieOf(reply).split(";")[0] ?? "";
    expect((await send("getStatus", { cookie })).status).toBe(200);
    expect((await send("deleteCache", { cookie, origin: origin() })).status).toBe(200);
    const audited = lines.filter(({ audit }) => audit === true);
    expect(audited).toContainEqual(
      expect.objectContaining({ event: "login", decision: "allowed", name: "admin", address: "127.0.0.1" }),
    );
    expect(audited.at(-1)).toMatchObject({
      event: "administration",
      decision: "allowed",
      name: "admin",
      operation: "deleteCache",
    });
  });

  test("of another user is refused", async () => {
    const reply = await send("postSession", basic("alice:secret"));
    expect(reply.status).toBe(403);
    expect(reply.text).toMatch(/no administrator in Foreman/);
    expect(reply.headers["set-cookie"]).toBeUndefined();
  });

  test("with a wrong password is refused, throttled and audited", async () => {
    const attempts: number[] = [];
    for (let count = 0; count < 4; count += 1)
      attempts.push((await send("postSession", basic("admin:wrong"))).status);
    expect(attempts).toEqual([401, 401, 401, 429]);
    expect((await send("postSession", basic("admin:changeme"))).status).toBe(429);
    expect(lines.filter(({ name, decision }) => name === "admin" && decision === "refused")).toHaveLength(5);
    await client(world, { via: "admin" }).deleteLockouts({ params: { query: { user: "admin" } } });
  });

  test("can't sign in while Foreman does not reply, but a link can", async () => {
    const alone = await startTestGateway({
      browsers: true,
      settings: { foreman_url: "http://127.0.0.1:1" },
    });
    try {
      const at = caller(alone, { via: "adminHttp" });
      const { status } = await at(operation("postSession"), basic("admin:changeme"));
      expect(status).toBe(503);
      const { data } = await client(alone, { via: "admin" }).postSignInLink();
      const code = codeOf(data?.urls[0] ?? "");
      expect((await at(operation("postSession"), { "x-sign-in-code": code })).status).toBe(200);
    } finally {
      await alone.stop();
    }
  });
});

describe("a session", () => {
  test("is renewed by a look at it, and ends at the sign-out", async () => {
    const cookie = await signedIn();
    const renewed = await send("getSession", { cookie });
    expect(Date.parse(JSON.parse(renewed.text).idle_until)).toBeGreaterThan(Date.now() + 7.9 * 3_600_000);
    const left = await send("deleteSession", { cookie, origin: origin() });
    expect(cookieOf(left)).toMatch(/=; Max-Age=0;/);
    expect((await send("getStatus", { cookie })).status).toBe(401);
    const [again = ""] = cookieOf(renewed).split(";");
    expect((await send("getStatus", { cookie: again })).status).toBe(401);
  });

  test("changes nothing without the Origin of the gateway", async () => {
    const cookie = await signedIn();
    const remove = (headers: Record<string, string>) => send("deleteCache", { cookie, ...headers });
    expect((await remove({})).status).toBe(403);
    expect((await remove({ origin: "http://127.0.0.1:1" })).status).toBe(403);
    expect((await remove({ origin: "null" })).status).toBe(403);
    expect((await remove({ origin: origin(), "sec-fetch-site": "same-site" })).status).toBe(403);
    expect((await remove({ origin: origin(), "sec-fetch-site": "same-origin" })).status).toBe(200);
  });

  test("is of no use under another name of the address (DNS rebinding)", async () => {
    const cookie = await signedIn();
    const { port } = new URL(origin());
    const raw = rawClient(world, { via: "adminHttp" });
    const as = (host: string) => raw({ method: "GET", path: "/admin/status", headers: { cookie, host } });
    expect((await as(`attacker.example.org:${port}`)).status).toBe(403);
    expect((await as(`127.0.0.1.example.org:${port}`)).status).toBe(403);
    expect((await as("")).status).toBe(403);
    // A tunnel has a port of its own.
    expect((await as("localhost:8080")).status).toBe(200);
  });

  test("is not opened by a page of another site", async () => {
    const headers = { "x-sign-in-code": codeOf(await newLink()), origin: "https://attacker.example.org" };
    expect((await send("postSession", headers)).status).toBe(403);
  });

  test("opens nothing at the public listeners", async () => {
    const cookie = await signedIn();
    const { status } = await caller(world)(get.status(), { cookie });
    expect(status).toBe(404);
  });
});

test("over TLS the cookie is for TLS only, and trusted certificates need none", async () => {
  const tls = await startTestGateway({ settings: { admin_listen: "https://127.0.0.1:0" } });
  try {
    const [{ url = "" } = {}] = tls.gateway.admin;
    const at = caller({ ...tls, https: url }, { via: "https" });
    tls.katello.setUser("admin", { password: "changeme", repositories: [], administrator: true });
    const headers = { ...basic("admin:changeme"), origin: url };
    const reply = await at(operation("postSession"), headers);
    expect(cookieOf(reply)).toMatch(/; SameSite=Strict; Secure$/);
    expect((await at(get.status())).status).toBe(401);
    const foreman = caller({ ...tls, https: url }, { via: "https", certificate: "foreman" });
    expect((await foreman(operation("deleteCache"))).status).toBe(200);
    const elsewhere = { origin: "https://attacker.example.org" };
    expect((await foreman(operation("deleteCache"), elsewhere)).status).toBe(403);
  } finally {
    await tls.stop();
  }
});

test("a gateway with a socket only says what a browser needs", async () => {
  const socketOnly = await startTestGateway();
  await socketOnly.stop();
  const other = await startTestGateway({ settings: { admin_listen: `unix:${socketOnly.adminSocket}` } });
  try {
    const { error } = await client(
      { ...other, adminSocket: socketOnly.adminSocket },
      { via: "admin" },
    ).postSignInLink();
    expect(error?.errors[0]?.message).toMatch(/add http:\/\/127\.0\.0\.1:9444 to admin_listen/);
  } finally {
    await other.stop();
  }
});

describe("the files of the page", () => {
  const load = async (path: string, at = origin(), headers: Record<string, string> = {}) => {
    const reply = await fetch(`${at}${path}`, { headers, redirect: "manual" });
    return { status: reply.status, headers: reply.headers, text: await reply.text() };
  };

  test("need no session, forbid inline scripts and frames, and are asked for again", async () => {
    const page = await load("/ui/");
    expect(page.status).toBe(200);
    expect(page.headers.get("content-security-policy")).toMatch(
      /default-src 'none'; script-src 'self'; style-src 'self';.*frame-ancestors 'none'/,
    );
    expect(page.text).not.toMatch(/<style|style=|<script>| on\w+=/);
    const tag = page.headers.get("etag") ?? "";
    expect((await load("/ui/", origin(), { "if-none-match": tag })).status).toBe(304);
    expect((await load("/")).headers.get("location")).toBe("/ui/");
    for (const path of page.text.matchAll(/(?:href|src)="([^"]+)"/g))
      expect([path[1], (await load(`/ui/${path[1]}`)).status]).toEqual([path[1], 200]);
  });

  test("are those of the page only, at admin_listen only", async () => {
    for (const path of ["/ui/../../package.json", "/ui/package.json", "/ui/%2e%2e/cli.ts", "/ui/x.js"])
      expect([path, (await load(path)).status]).toEqual([path, 404]);
    expect((await load("/ui/", world.http)).status).toBe(404);
  });
});
