/** Replies of Katello's registry controller, line by line: the demo's Katello and Katello itself must pass all of them. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Agent, request } from "undici";
import { ACCOUNTS, HOST, type Katello, OPEN, OTHER, PRIVATE } from "./katello.ts";

/** One request and the reply to it. */
interface Line {
  readonly when: string;
  readonly get: string;
  /** `login:password`; `scheme` in another case. */
  readonly basic?: string;
  readonly scheme?: string;
  /** A Bearer token; `issued` stands for the token of the last login. */
  readonly bearer?: string;
  readonly host?: string;
  readonly certified?: true;
  readonly status: number;
  /** The JSON body, in part; `error` stands for an error with any text. */
  readonly body: object | "error";
  /** True if the reply has a challenge and the registry's version. */
  readonly challenge?: true;
  readonly version?: false;
}

/** A hash as Foreman stores tokens: its `$` is not allowed by RFC 6750. */
const STORED_HASH = expect.stringMatching(/^\$2a\$04\$[./A-Za-z0-9]{53}$/);
const anonymous = { token: "unauthenticated", expires_in: 180, issued_at: expect.any(String) };
const issued = { token: STORED_HASH, expires_in: expect.any(Number), issued_at: expect.any(String) };
const CONSTANT = "scope=repository:registry:pull,push";
const repositories = (...names: (string | null)[]) => ({ repositories: names });
const tooManyTries = { error: { message: expect.stringContaining("Too many tries") } };

const LOGINS: readonly Line[] = [
  { when: "anonymous, no scope", get: "/v2/", status: 401, body: "error", challenge: true },
  { when: "anonymous token", get: "/v2/token?service=x", status: 200, body: anonymous },
  {
    when: "anonymous, scope of a private repository",
    get: `/v2/token?scope=repository:${PRIVATE}:pull`,
    status: 401,
    body: "error",
    version: false,
  },
  {
    when: "a password without a scope",
    get: "/v2/token",
    basic: "Alice:bad",
    status: 200,
    body: anonymous,
  },
  {
    when: "Basic, no scope: a login",
    get: "/v2/token?account=Alice&service=x",
    basic: "Alice:good",
    status: 200,
    body: issued,
  },
  {
    when: "another case",
    get: "/v2/token?account=ALICE",
    basic: "ALICE:good",
    status: 200,
    body: issued,
  },
  {
    when: "account of another user",
    get: "/v2/token?account=root",
    basic: "Alice:good",
    status: 200,
    body: issued,
  },
  {
    when: "wrong password",
    get: "/v2/token?account=Alice",
    basic: "Alice:bad",
    status: 401,
    body: { error: { message: "Unable to authenticate user Alice" } },
    version: false,
  },
  {
    when: "an empty password",
    get: "/v2/token?account=Alice",
    basic: "Alice:",
    status: 401,
    body: "error",
    version: false,
  },
  {
    when: "wrong password, scope of a public repository",
    get: `/v2/token?account=Alice&scope=repository:${OPEN}:pull`,
    basic: "Alice:bad",
    status: 200,
    body: anonymous,
  },
  {
    when: "wrong password, the constant scope",
    get: `/v2/token?account=Alice&${CONSTANT}`,
    basic: "Alice:bad",
    status: 401,
    body: "error",
    version: false,
  },
  {
    when: "right password, the constant scope",
    get: `/v2/token?account=Alice&${CONSTANT}`,
    basic: "Alice:good",
    status: 200,
    body: issued,
  },
  {
    when: "Basic in small letters",
    get: "/v2/token?account=Alice",
    basic: "Alice:good",
    scheme: "basic",
    status: 401,
    body: "error",
    version: false,
  },
  {
    when: "an account without personal access tokens",
    get: "/v2/token?account=nopat",
    basic: "nopat:good",
    status: 403,
    body: "error",
    version: false,
  },
];

const USES: readonly Line[] = [
  { when: "GET /v2/ with the token", get: "/v2/", bearer: "issued", status: 200, body: {} },
  {
    when: "GET /v2/ with a wrong token",
    get: "/v2/",
    bearer: "nope",
    status: 401,
    body: "error",
    challenge: true,
  },
  { when: "GET /v2/ with Basic", get: "/v2/", basic: "Alice:good", status: 200, body: {} },
  { when: "GET /v2/ of a host", get: "/v2/", host: HOST, status: 200, body: {} },
  {
    when: "catalog with the token",
    get: "/v2/_catalog",
    bearer: "issued",
    status: 200,
    body: repositories(OPEN, PRIVATE),
  },
  {
    when: "catalog with a wrong token",
    get: "/v2/_catalog",
    bearer: "nope",
    status: 200,
    body: repositories(OPEN),
  },
  {
    when: "catalog with Basic",
    get: "/v2/_catalog",
    basic: "Alice:good",
    status: 200,
    body: repositories(OPEN, PRIVATE),
  },
  {
    when: "catalog of an administrator: null for a repository without a name",
    get: "/v2/_catalog",
    basic: "root:good",
    status: 200,
    body: repositories(OPEN, PRIVATE, OTHER, null),
  },
  { when: "catalog of an anonymous caller", get: "/v2/_catalog", status: 200, body: repositories(OPEN) },
  { when: "catalog of a host", get: "/v2/_catalog", host: HOST, status: 200, body: repositories(OTHER) },
  {
    when: "catalog of an unknown host",
    get: "/v2/_catalog",
    host: "nobody",
    status: 200,
    body: repositories(OPEN),
  },
  {
    when: "catalog of a user with a host's uuid",
    get: "/v2/_catalog",
    basic: "Alice:good",
    host: HOST,
    status: 200,
    body: repositories(OPEN, PRIVATE),
  },
  {
    when: "catalog with a client certificate only",
    get: "/v2/_catalog",
    certified: true,
    status: 200,
    body: repositories(OPEN, PRIVATE, OTHER, null),
  },
];

const REVOKED: readonly Line[] = [
  { when: "the token", get: "/v2/", bearer: "issued", status: 401, body: "error", challenge: true },
  {
    when: "Basic with the scope of a repository",
    get: `/v2/token?account=Alice&scope=repository:${PRIVATE}:pull`,
    basic: "Alice:good",
    status: 401,
    body: "error",
    challenge: true,
  },
  {
    when: "Basic with the constant scope",
    get: `/v2/token?account=Alice&${CONSTANT}`,
    basic: "Alice:good",
    status: 401,
    body: "error",
    challenge: true,
  },
  {
    when: "Basic without a scope: a new token replaces the revoked one",
    get: "/v2/token?account=Alice",
    basic: "Alice:good",
    status: 200,
    body: issued,
  },
  {
    when: "Basic with a scope again",
    get: `/v2/token?account=Alice&scope=repository:${PRIVATE}:pull`,
    basic: "Alice:good",
    status: 200,
    body: issued,
  },
];

/** Tests a Katello with all lines, in order. */
export function holdConversation(start: () => Promise<Katello>): void {
  let katello: Katello;
  const agents: Agent[] = [];
  let plain: Agent;
  let certified: Agent;
  const tokens: string[] = [];
  beforeAll(async () => {
    katello = await start();
    await katello.forgetFailures();
    await katello.setUser("Alice", ACCOUNTS.Alice ?? { password: "", repositories: [] });
    plain = new Agent({ connect: { ca: katello.tls.ca } });
    certified = new Agent({ connect: katello.tls });
    agents.push(plain, certified);
  });
  afterAll(async () => {
    await katello?.forgetFailures();
    await Promise.all(agents.map((agent) => agent.destroy()));
    await katello?.close();
  });

  async function ask({ get, basic, scheme = "Basic", bearer, host, certified: withCertificate }: Line) {
    const token = bearer === "issued" ? (tokens.at(-1) ?? "") : bearer;
    const reply = await request(katello.origin + get, {
      dispatcher: withCertificate === true ? certified : plain,
      headers: {
        ...(basic === undefined
          ? {}
          : { authorization: `${scheme} ${Buffer.from(basic).toString("base64")}` }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(host === undefined ? {} : { hostuuid: host }),
      },
    });
    return { status: reply.statusCode, headers: reply.headers, text: await reply.body.text() };
  }

  async function hold(line: Line): Promise<void> {
    const { status, headers, text } = await ask(line);
    expect({ status, text: status === line.status ? "" : text }).toEqual({ status: line.status, text: "" });
    const body: unknown = JSON.parse(text);
    expect(body).toEqual(line.body === "error" ? { error: { message: expect.any(String) } } : line.body);
    expect(headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(headers["www-authenticate"] !== undefined).toBe(line.challenge === true);
    if (line.challenge === true) {
      const { host, hostname } = new URL(katello.origin);
      expect(headers["www-authenticate"]).toBe(
        `Bearer realm="https://${host}/v2/token",service="${hostname}",scope="repository:registry:pull,push"`,
      );
    }
    if (line.version === false) expect(headers).not.toHaveProperty("docker-distribution-api-version");
    else expect(headers["docker-distribution-api-version"]).toBe("registry/2.0");
    if (line.body === issued) tokens.push(JSON.parse(text).token);
  }

  describe("logging in", () => {
    test.each(LOGINS)("$when", hold);
    test("one user has one token for all kinds of login", () => {
      expect(tokens.length).toBeGreaterThan(3);
      expect(new Set(tokens).size).toBe(1);
    });
  });
  describe("the token in use", () => {
    test.each(USES)("$when", hold);
  });
  describe("revoked", () => {
    beforeAll(async () => {
      await katello.revoke("Alice");
    });
    test.each(REVOKED)("$when", hold);
    test("is replaced by a new token", () => {
      expect(tokens.at(-1)).toBe(tokens.at(-2));
      expect(tokens.at(-1)).not.toBe(tokens[0]);
    });
  });
  test("after thirty failures of one address it refuses the right password of another user", async () => {
    const guess: Line = {
      when: "a guess",
      get: "/v2/token?account=x",
      basic: "eve:x",
      status: 401,
      body: "error",
    };
    let failures = 0;
    while (failures < 40 && !(await ask(guess)).text.includes("Too many tries")) failures += 1;
    expect(failures).toBeLessThanOrEqual(30);
    const login: Line = { ...guess, get: "/v2/token?account=root", basic: "root:good" };
    await hold({ ...login, status: 401, body: tooManyTries, version: false });
    await katello.forgetFailures();
    await hold({ ...login, status: 200, body: issued });
  });
}
