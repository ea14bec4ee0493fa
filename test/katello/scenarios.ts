/** A gateway in front of a Katello, the demo's or Katello's own: logins, tokens, revocation, failures, hosts, syncs. */
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { Agent, request } from "undici";
import { caller } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway, testFolder } from "../support/gateway.ts";
import { type Call, get, postToken } from "../support/operations.ts";
import { ACCOUNTS, type Katello, OPEN, OTHER, PRIVATE } from "./katello.ts";

const manifest = (name: string) => get.manifest(name, "1.0");
const SCOPE = `repository:${PRIVATE}:pull`;
const FORM = { grant_type: "password", username: "Alice", password: "good", scope: SCOPE } as const;

/** The gateway listens at `port` for a Katello that is configured to sync to it. */
export function holdScenarios(start: () => Promise<Katello>, port = 0): void {
  let katello: Katello;
  let world: TestGateway;
  beforeAll(async () => {
    katello = await start();
    await katello.forgetFailures();
    await katello.seen();
    world = await startTestGateway({
      listed: [OPEN, PRIVATE, OTHER].map((repository) => ({
        repository,
        auth_required: repository !== OPEN,
      })),
      settings: {
        ...katello.settings,
        pulp_client_ssl_ca: join(testFolder(), "ca.crt"),
        pulp_client_ssl_cert: join(testFolder(), "gateway.crt"),
        pulp_client_ssl_key: join(testFolder(), "gateway.key"),
        foreman_url: katello.origin,
        token_recheck: 1,
        trusted_proxies: ["127.0.0.1"],
        listen: [`https://127.0.0.1:${port}`, "http://127.0.0.1:0"],
      },
    });
  });
  beforeEach(async () => {
    await katello.forgetFailures();
    await world.sql("DELETE FROM login_attempts");
    await katello.setUser("Alice", ACCOUNTS.Alice ?? { password: "", repositories: [] });
    // Undoes a revocation.
    expect((await login("Alice:good")).status).toBe(200);
    await katello.seen();
  });
  afterAll(async () => {
    await world?.stop();
    await katello?.forgetFailures();
    await katello?.close();
  });

  let addresses = 0;
  function elsewhere(): Record<string, string> {
    addresses += 1;
    return { "x-forwarded-for": `198.51.100.${addresses % 250}` };
  }
  const send = (call: Call, basic: string, headers: Record<string, string> = {}) =>
    caller(world, { basic })(call, headers);
  const login = (basic: string, scope: string[] = [], headers = elsewhere()) =>
    send(get.token({ scope }), basic, headers);
  async function tokenOf(basic: string, scope: string[] = []): Promise<string> {
    const { status, text } = await login(basic, scope);
    expect(status).toBe(200);
    return JSON.parse(text).token;
  }
  const pull = async (token: string, name = PRIVATE) =>
    (await caller(world, { token })(manifest(name))).status;
  const tokenQuestions = async () =>
    (await katello.seen()).filter(({ url }) => url.startsWith("/v2/token?")).map(({ url }) => url);

  describe("the token", () => {
    test("is Katello's stored hash, and pulls", async () => {
      const token = await tokenOf("Alice:good");
      expect(token).toMatch(/^\$2a\$04\$/);
      expect(await pull(token)).toBe(200);
      expect(await pull(token, OTHER)).toBe(404);
      expect((await caller(world, { token })(get.base())).status).toBe(200);
      const catalog = await caller(world, { token })(get.catalog());
      expect(JSON.parse(catalog.text)).toEqual({ repositories: [PRIVATE, OPEN] });
    });

    test("is the same for login, form and Basic, as containerd needs it", async () => {
      const token = await tokenOf("Alice:good");
      const form = { ...FORM, client_id: "containerd-client", service: "x" };
      const reply = await caller(world)(postToken(form));
      expect(JSON.parse(reply.text)).toMatchObject({ token, access_token: token });
    });

    test("is requested without a client certificate", async () => {
      await tokenOf("Alice:good", [SCOPE]);
      await eventually("it is used and asked about again", async () => {
        expect(await pull(await tokenOf("Alice:good"))).toBe(200);
        const seen = await katello.seen();
        for (const one of seen) expect(one.certified).toBe(false);
        return seen.some(({ url }) => url === "/v2/");
      });
    });
  });

  describe("a revoked token", () => {
    test("stays revoked for stored credentials, by GET, form, Basic and search, until a login without a scope", async () => {
      const token = await tokenOf("Alice:good");
      await katello.revoke("Alice");
      const posted = () => caller(world)(postToken(FORM), elsewhere());
      const attempts = [
        () => login("Alice:good", [SCOPE]),
        () => login("Alice:good", ["registry:catalog:*"]),
        posted,
        () => send(manifest(PRIVATE), "Alice:good"),
        () => send(get.base(), "Alice:good"),
        () => send(get.catalog(), "Alice:good"),
        () => send(get.search({ q: "app" }), "Alice:good"),
        // More attempts than with a wrong password are allowed: a right one is not a guess.
        ...Array.from({ length: 12 }, () => () => login("Alice:good", [SCOPE], {})),
      ];
      for (const attempt of attempts) expect((await attempt()).status).toBe(401);
      await eventually("the old one is found revoked", async () => (await pull(token)) === 401);
      const fresh = await tokenOf("Alice:good");
      expect(fresh).not.toBe(token);
      expect(await pull(fresh)).toBe(200);
      expect(await pull(token)).toBe(401);
      expect((await login("Alice:good", [SCOPE])).status).toBe(200);
    });
  });

  describe("a token for public repositories", () => {
    test.each([
      ["one scope", [`repository:${OPEN}:pull`]],
      ["for pull and push", [`repository:${OPEN}:pull,push`]],
      ["twice", [`repository:${OPEN}:pull`, `repository:${OPEN}:pull`]],
    ])("needs no password: %s", async (_, scope) => {
      const { status, text } = await login("Alice:stale", scope);
      expect([status, JSON.parse(text).token]).toEqual([200, "unauthenticated"]);
      expect((await send(manifest(OPEN), "Alice:stale")).status).toBe(200);
      expect(await katello.seen()).toEqual([]);
      expect(await world.sql("SELECT FROM login_attempts WHERE failures > 0")).toEqual([]);
    });

    test.each([
      ["for a private repository, too", [`repository:${OPEN}:pull`, `repository:${PRIVATE}:pull`]],
      ["for a push only", [`repository:${OPEN}:push`]],
      ["for the catalog", ["registry:catalog:*"]],
      ["without a scope", []],
    ])("needs a password %s", async (_, scope) => {
      expect((await login("Alice:stale", scope)).status).toBe(401);
    });
  });

  describe("a request to Katello", () => {
    test("has a constant scope, the client's address, and Basic in this case", async () => {
      const from = elsewhere();
      const authorization = `bAsIc ${Buffer.from("Alice:good").toString("base64")}`;
      const { status } = await caller(world)(get.token({ scope: [SCOPE] }), { ...from, authorization });
      expect(status).toBe(200);
      const [asked] = await katello.seen();
      expect(asked?.url).toBe("/v2/token?account=Alice&scope=repository%3Aregistry%3Apull%2Cpush");
      expect(asked?.headers["x-forwarded-for"]).toMatch(from["x-forwarded-for"] ?? "no address");
      expect(asked?.headers.authorization).toMatch(/^Basic /);
    });

    test("may have a password up to the limit of headers", async () => {
      const password = "p".repeat(20_000);
      await katello.setUser("Alice", { password, repositories: [PRIVATE] });
      expect(await pull(await tokenOf(`Alice:${password}`))).toBe(200);
    });
  });

  describe("an account without the permission to have tokens", () => {
    test("gets 403 with the reason in every kind of login, which counts as no failed login", async () => {
      const kinds = {
        "a token": get.token(),
        "a token with a scope": get.token({ scope: [SCOPE] }),
        "the base": get.base(),
        "a pull": manifest(PRIVATE),
        "a search": get.search({ q: "x" }),
      };
      for (const [kind, call] of Object.entries(kinds)) {
        const { status, text } = await send(call, "nopat:good", elsewhere());
        expect([kind, status]).toEqual([kind, 403]);
        expect(text).toContain("create_personal_access_tokens");
      }
      expect(await world.sql("SELECT FROM login_attempts WHERE failures > 0")).toEqual([]);
    });
  });

  describe("a catalog with invalid entries", () => {
    test("grants the valid ones", async () => {
      const token = await tokenOf("root:good");
      for (const name of [PRIVATE, OTHER])
        await eventually("it is granted", async () => (await pull(token, name)) === 200);
    });
  });

  describe("a sync", () => {
    test("keeps the grants of a user in any spelling", async () => {
      const spellings = ["Alice", "alice", "ALICE"];
      const tokens = await Promise.all(spellings.map((name) => tokenOf(`${name}:good`)));
      await eventually("the grants are there", async () => (await pull(tokens[0] ?? "")) === 200);
      await katello.sync(world.https);
      const rows = await world.sql(
        `SELECT r.name, u.left_out FROM users u JOIN repositories_users g ON g.user_id = u.id
           JOIN repositories r ON r.id = g.repository_id AND r.auth_required WHERE folded_name = 'alice'`,
      );
      expect(rows).toEqual([{ name: PRIVATE, left_out: false }]);
      for (const token of tokens) expect(await pull(token)).toBe(200);
    });

    test("keeps a user without a known spelling: the next refusal leads to a request to Katello", async () => {
      await world.sql("DELETE FROM users");
      await world.sql("NOTIFY container_gateway, 'users *'");
      const token = await tokenOf("aLiCe:good");
      expect(await pull(token)).toBe(200);
      await world.sql("UPDATE users SET spellings = '{}', name = 'alice', folded_name = 'alice'");
      await katello.sync(world.https);
      expect(await pull(token)).toBe(200);
      expect(await pull(token, OTHER)).toBe(404);
    });
  });

  describe("wrong passwords", () => {
    test("beyond Foreman's limit do not count as failed logins of the next user", async () => {
      for (let time = 0; time < 31; time += 1) await katelloGuess(katello);
      const { status, headers, text } = await login("Alice:good");
      expect(status).toBe(503);
      expect(text).toMatch(/Foreman refuses every login/);
      expect(headers["retry-after"]).toBe("60");
      expect(await world.sql("SELECT FROM login_attempts WHERE failures > 0")).toEqual([]);
      await katello.forgetFailures();
      expect((await login("Alice:good")).status).toBe(200);
    });

    test("never lock out other users: fewer than thirty reach Foreman, and known names can log in", async () => {
      const guesses = Array.from({ length: 60 }, (_, index) => login(`eve-${index}:x`));
      const statuses = (await Promise.all(guesses)).map(({ status }) => status);
      expect(new Set(statuses)).toEqual(new Set([401, 503]));
      expect((await tokenQuestions()).length).toBeLessThanOrEqual(18);
      expect(await pull(await tokenOf("Alice:good"))).toBe(200);
      const refused = await login("newcomer:x");
      expect(refused.status).toBe(503);
      expect(refused.text).toContain("foreman_failed_logins");
      expect(Number(refused.headers["retry-after"])).toBeGreaterThan(200);
      // Known names have a reserve, which is below Foreman's limit, too.
      for (let time = 0; time < 40; time += 1) await login("Alice:wrong");
      expect((await login("Alice:wrong")).status).toBe(503);
      expect((await tokenQuestions()).length).toBeLessThanOrEqual(10);
    });
  });
}

/** A failed login directly at Katello, as another client behind the same address causes it. */
async function katelloGuess({ origin, tls }: Katello): Promise<void> {
  const agent = new Agent({ connect: { ca: tls.ca } });
  const authorization = `Basic ${Buffer.from("eve:x").toString("base64")}`;
  const { body } = await request(`${origin}/v2/token?account=eve`, {
    dispatcher: agent,
    headers: { authorization, "x-forwarded-for": "198.51.100.1" },
  });
  await body.dump();
  await agent.destroy();
}
