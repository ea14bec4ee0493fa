/**
 * Truth table of access: each kind of caller with each kind of repository, in each operation of the contract.
 * A new operation of the contract fails until it has a row here.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { OPERATIONS, type Operation, type OperationId } from "../../src/generated/operations.ts";
import { type ClientOptions, caller, client, tokenOf } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { pem, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { get, operation } from "../support/operations.ts";

/** The subject of an operation, which decides who may call it. */
type Kind =
  | "repository"
  | "entry"
  | "login"
  | "form login"
  | "catalogue"
  | "search"
  | "index"
  | "push"
  | "administration"
  | "operator"
  | "sign-in"
  | "open";

const KINDS: Readonly<Record<OperationId, Kind>> = {
  getBase: "entry",
  headBase: "entry",
  getToken: "login",
  headToken: "login",
  postToken: "form login",
  getCatalog: "catalogue",
  headCatalog: "catalogue",
  getTags: "repository",
  headTags: "repository",
  getManifest: "repository",
  headManifest: "repository",
  getBlob: "repository",
  headBlob: "repository",
  getReferrers: "repository",
  headReferrers: "repository",
  getSignatures: "repository",
  headSignatures: "repository",
  refusePut: "push",
  refusePost: "push",
  refusePatch: "push",
  refuseDelete: "push",
  getPing: "open",
  getSearch: "search",
  headSearch: "search",
  getStaticIndex: "index",
  headStaticIndex: "index",
  getDynamicIndex: "index",
  headDynamicIndex: "index",
  getFeatures: "administration",
  putRepositories: "administration",
  getUsers: "administration",
  putUserGrants: "administration",
  putHosts: "administration",
  putHostGrants: "administration",
  putOneHostGrants: "administration",
  getFeatureNames: "open",
  getVersion: "open",
  getHealth: "open",
  getReadiness: "open",
  getContract: "open",
  getMetrics: "operator",
  getStatus: "operator",
  getExplanation: "operator",
  getUserList: "operator",
  getUserDetails: "operator",
  deleteUserTokens: "operator",
  getTokenList: "operator",
  deleteToken: "operator",
  getHostList: "operator",
  getHostDetails: "operator",
  deleteHost: "operator",
  getRepositoryList: "operator",
  getRepositoryDetails: "operator",
  getSyncList: "operator",
  deleteLockouts: "operator",
  deleteCache: "operator",
  putLogLevel: "operator",
  postReload: "operator",
  postSignInLink: "operator",
  getSession: "operator",
  deleteSession: "operator",
  postSession: "sign-in",
  getHistory: "operator",
  getAudit: "operator",
  getSettings: "operator",
  getEvents: "operator",
};

/** Repositories by kind; Pulp has all of them. */
const REPOSITORIES = {
  public: "org/flatpak-app",
  granted: "org/private-flatpak",
  "somebody else's": "org/other-app",
  unlisted: "org/private-app",
} as const;
type RepositoryKind = keyof typeof REPOSITORIES;
const REPOSITORY_KINDS = [
  "public",
  "granted",
  "somebody else's",
  "unlisted",
] as const satisfies RepositoryKind[];

/** A caller's access: wrong credentials are `refused`, missing ones are `stranger`. */
type Standing = "granted" | "stranger" | "refused";

interface CallerKind {
  readonly as: () => ClientOptions & { readonly header?: Record<string, string> };
  /** Access to repositories, the catalog, the search and the Flatpak index. */
  readonly standing: Standing;
  readonly user?: true;
  readonly administrator?: true;
  /** The status of `GET /v2/token`. */
  readonly login: 200 | 401;
  /** The caller in a question to `getExplanation`, as a pull sees it; or why operators can't ask about it. */
  readonly explained: (() => Partial<Record<"user" | "host" | "certificate", string>>) | string;
  readonly atPublic?: Standing;
  readonly catalogue?: Standing;
}

let world: TestGateway;
const tokens = { alice: "", expired: "" };
const hostHeader = () => ({ X_RHSM_SSL_CLIENT_CERT: pem("host.crt").trim().replaceAll("\n", " ") });

const CALLERS: Readonly<Record<string, CallerKind>> = {
  "an anonymous caller": {
    as: () => ({}),
    standing: "stranger",
    catalogue: "refused",
    login: 200,
    explained: () => ({}),
  },
  "the anonymous token": {
    as: () => ({ token: "unauthenticated" }),
    standing: "stranger",
    login: 200,
    explained: () => ({}),
  },
  "a user with a token": {
    as: () => ({ token: tokens.alice }),
    standing: "granted",
    user: true,
    login: 200,
    explained: () => ({ user: "Alice" }),
  },
  "a user with a password": {
    as: () => ({ basic: "alice:secret" }),
    standing: "granted",
    user: true,
    login: 200,
    explained: () => ({ user: "alice" }),
  },
  "a wrong password": {
    as: () => ({ basic: "alice:wrong" }),
    standing: "refused",
    // Passwords are not checked for public repositories.
    atPublic: "stranger",
    login: 401,
    explained: "an operator names a user, and no password",
  },
  "a made-up token": {
    as: () => ({ token: "made-up" }),
    standing: "refused",
    login: 401,
    explained: "a token that is not stored names nobody",
  },
  "an expired token": {
    as: () => ({ token: tokens.expired }),
    standing: "refused",
    login: 401,
    explained: "an explanation of a user is about a logged-in one, and has a fact about missing tokens",
  },
  "a registered host": {
    as: () => ({ via: "https", certificate: "host" }),
    standing: "granted",
    login: 200,
    explained: () => ({ certificate: pem("host.crt") }),
  },
  "a host's certificate in an untrusted header": {
    as: () => ({ header: hostHeader() }),
    standing: "stranger",
    catalogue: "refused",
    login: 200,
    explained: () => ({}),
  },
  "a certificate of the CA that is not a host's": {
    as: () => ({ via: "https", certificate: "stranger" }),
    standing: "stranger",
    catalogue: "refused",
    login: 200,
    explained: () => ({ certificate: pem("stranger.crt") }),
  },
  Foreman: {
    as: () => ({ via: "https", certificate: "foreman" }),
    standing: "stranger",
    catalogue: "refused",
    administrator: true,
    login: 200,
    explained: () => ({ certificate: pem("foreman.crt") }),
  },
  "a unix socket": {
    as: () => ({ via: "unix" }),
    standing: "stranger",
    catalogue: "refused",
    administrator: true,
    login: 200,
    explained: () => ({}),
  },
};

beforeAll(async () => {
  world = await startTestGateway({
    listed: [
      { repository: REPOSITORIES.public, auth_required: false },
      { repository: REPOSITORIES.granted, auth_required: true },
      { repository: REPOSITORIES["somebody else's"], auth_required: true },
    ],
    settings: { grants_ttl: 3600, login_attempts: 0, foreman_failed_logins: 0 },
    katello: { failedLoginLimit: 0 },
  });
  world.katello.setUser("alice", { password: "secret", repositories: [REPOSITORIES.granted] });
  world.katello.setHost(DEMO_HOST, [REPOSITORIES.granted]);
  tokens.expired = await tokenOf(world, "bob:hunter2");
  tokens.alice = await tokenOf(world, "alice:secret");
  await world.sql(
    `UPDATE authentication_tokens SET expire_at = now() - interval '1 second'
     FROM users WHERE users.id = user_id AND users.name = 'bob'`,
  );
});
afterAll(async () => {
  await world.stop();
});

const zeros = `sha256:${"0".repeat(64)}`;

/** The parameters of all paths, with the tag `latest`. */
const pathOf = (name: string, digest: string): Readonly<Record<string, string>> => ({
  name,
  reference: "latest",
  digest,
  path: `${name}/blobs/uploads`,
  repository: name,
  login: "alice",
  uuid: DEMO_HOST,
  checksum: "0".repeat(64),
});

/** @param digest of content; by default one that does not exist */
async function ask(
  kind: CallerKind,
  { id }: Operation,
  name: string,
  { query = {}, digest = zeros }: { readonly query?: Record<string, string>; readonly digest?: string } = {},
) {
  const { header, ...as } = kind.as();
  return caller(world, as)(operation(id, { path: pathOf(name, digest), query }), header);
}

/** The authorization decision: access, a challenge, or the same reply as for a missing repository. */
function decision(standing: Standing, repository: RepositoryKind): "through" | "challenge" | "hidden" {
  if (standing === "refused") return "challenge";
  if (repository === "public") return "through";
  if (standing === "stranger") return "challenge";
  return repository === "granted" ? "through" : "hidden";
}

const seen = (standing: Standing): string[] =>
  standing === "granted" ? [REPOSITORIES.public, REPOSITORIES.granted] : [REPOSITORIES.public];

/** The repository names in a catalog, in search results or in an index. */
const namesIn = (text: string): string[] => [
  ...new Set([...text.matchAll(/"(org\/[a-z-]+)"/g)].flatMap(([, name]) => name ?? [])),
];

const operationsOf = (...kinds: Kind[]): Operation[] =>
  OPERATIONS.filter(({ id }) => kinds.includes(KINDS[id]));
const rows = (...kinds: Kind[]): [string, string, CallerKind, Operation][] =>
  Object.entries(CALLERS).flatMap(([name, caller]) =>
    operationsOf(...kinds).map((operation): [string, string, CallerKind, Operation] => [
      name,
      operation.id,
      caller,
      operation,
    ]),
  );

test("has a row for each operation of the contract, and no other", () => {
  expect(Object.keys(KINDS).sort()).toEqual(OPERATIONS.map(({ id }) => id).sort());
});

test("requires an administrator where the contract does", () => {
  for (const operation of OPERATIONS) {
    const security: readonly string[] = operation.security;
    const kind = KINDS[operation.id];
    expect([operation.id, security.includes("administrator") && !security.includes("nobody")]).toEqual([
      operation.id,
      kind === "administration" || kind === "operator",
    ]);
    expect([operation.id, operation.path.includes("{name}")]).toEqual([operation.id, kind === "repository"]);
  }
});

describe.each(Object.entries(CALLERS))("%s", (_, caller) => {
  test.each(
    operationsOf("repository").flatMap((operation) =>
      REPOSITORY_KINDS.map((kind) => [operation.id, kind, REPOSITORIES[kind], operation] as const),
    ),
  )("%s of a repository that is %s", async (_id, kind, name, operation) => {
    world.pulp.requests.length = 0;
    const { status, headers, text } = await ask(caller, operation, name);
    const asked = world.pulp.requests.length;
    const standing = (kind === "public" ? caller.atPublic : undefined) ?? caller.standing;
    switch (decision(standing, kind)) {
      case "through":
        // The digest does not exist: Pulp answers 404, or the list of referrers is empty.
        expect(status).toBe(/\/blobs\//.test(operation.path) || operation.id === "getSignatures" ? 404 : 200);
        return;
      case "challenge":
        expect({ status, asked }).toEqual({ status: 401, asked: 0 });
        expect(headers["www-authenticate"]).toMatch(`scope="repository:${name}:pull"`);
        return;
      case "hidden":
        expect({ status, asked }).toEqual({ status: 404, asked: 0 });
        if (operation.method === "GET") expect(JSON.parse(text).errors[0].code).toBe("NAME_UNKNOWN");
    }
  });
});

describe("an explanation agrees with the reply to a pull", () => {
  /** Paths of content that exists in the repositories that are open or granted. */
  const contentOf = async (name: string): Promise<Readonly<Record<"manifest" | "blob", string>>> => {
    const { headers, text } = await caller(world, { token: tokens.alice })(get.manifest(name, "latest"));
    const manifest = headers["docker-content-digest"];
    const [blob] = /sha256:[0-9a-f]{64}/.exec(text) ?? [];
    return { manifest: typeof manifest === "string" ? manifest : zeros, blob: blob ?? zeros };
  };

  test("about each caller that operators can ask about", () => {
    const left = Object.entries(CALLERS).filter(([, { explained }]) => typeof explained === "string");
    expect(left.map(([who]) => who)).toEqual(["a wrong password", "a made-up token", "an expired token"]);
  });

  test.each(
    Object.entries(CALLERS).flatMap(([who, caller]) => {
      const { explained } = caller;
      if (typeof explained === "string") return [];
      return REPOSITORY_KINDS.map((kind) => ({ who, kind, caller, explained }));
    }),
  )("$who and a repository that is $kind", async ({ kind, caller, explained }) => {
    const repository = REPOSITORIES[kind];
    const { certificate, ...named } = explained();
    const shown =
      certificate === undefined ? {} : { "X-Certificate": certificate.trim().replaceAll("\n", " ") };
    const params = { query: { repository, ...named }, header: shown };
    const explain = async () => (await client(world, { via: "admin" }).getExplanation({ params })).data;
    let data = await explain();
    await eventually(
      () => `the decision is known: ${JSON.stringify(data)}`,
      async () => {
        // The grants of a login are fetched after its reply. If it is not certain that they are later than the token, a pull asks Katello.
        for (const pull of OPERATIONS.filter(({ id }) => id === "getManifest"))
          if (data?.decision === "unknown") await ask(caller, pull, repository);
        data = await explain();
        return data?.decision !== "unknown";
      },
    );
    expect(data).toMatchObject({ decision: data?.status === 200 ? "allowed" : "refused", repository });
    expect(data?.facts.length).toBeGreaterThan(0);
    expect(data?.advice.length).toBeGreaterThan(0);
    const { manifest, blob } = await contentOf(repository);
    for (const operation of operationsOf("repository")) {
      const digest = operation.path.includes("/blobs/") ? blob : manifest;
      const { status } = await ask(caller, operation, repository, { digest });
      // Blobs are sent by redirect.
      const explainedStatus = data?.status === 200 && digest === blob ? 302 : data?.status;
      expect([operation.id, status]).toEqual([operation.id, explainedStatus]);
    }
  });
});

describe("access to", () => {
  test.each(rows("entry"))("the base, %s (%s)", async (_n, _i, caller, operation) => {
    expect((await ask(caller, operation, "")).status).toBe(caller.user === true ? 200 : 401);
  });

  test.each(rows("login"))("login, %s (%s)", async (_n, _i, caller, operation) => {
    expect((await ask(caller, operation, "")).status).toBe(caller.login);
  });

  test.each(rows("form login"))(
    "login by form, %s (%s) without a form",
    async (_n, _i, caller, operation) => {
      expect((await ask(caller, operation, "")).status).toBe(400);
    },
  );

  test.each(rows("push"))("image push, %s (%s)", async (_n, _i, caller, operation) => {
    expect((await ask(caller, operation, REPOSITORIES.public)).status).toBe(405);
  });

  test.each(rows("open"))("open operations, %s (%s)", async (_n, _i, caller, operation) => {
    expect((await ask(caller, operation, "")).status).toBe(200);
  });

  test.each(rows("administration"))("administration, %s (%s)", async (_n, _i, caller, operation) => {
    const { status } = await ask(caller, operation, "");
    // An authorized sync without a body is answered with 400.
    if (caller.administrator === true) expect(status).toBe(operation.method === "GET" ? 200 : 400);
    else expect(status).toBe(403);
  });

  test.each(rows("operator"))("an operator's calls, %s (%s)", async (_n, _i, caller, operation) => {
    // The addresses of clients have none of them, for anybody.
    expect((await ask(caller, operation, REPOSITORIES.public)).status).toBe(404);
  });

  test.each(rows("catalogue", "search", "index"))("lists, %s (%s)", async (_n, _i, caller, operation) => {
    const kind = KINDS[operation.id];
    const standing = (kind === "catalogue" ? caller.catalogue : undefined) ?? caller.standing;
    const query = {
      ...(kind === "search" && { q: "org" }),
      ...(kind === "index" && { "label:org.flatpak.ref:exists": "1" }),
    };
    const { status, text } = await ask(caller, operation, "", { query });
    expect(status).toBe(standing === "refused" ? 401 : 200);
    if (status === 401 || operation.method === "HEAD") return;
    expect(namesIn(text)).toEqual(seen(standing));
  });
});
