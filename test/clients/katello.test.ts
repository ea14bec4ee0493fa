/** Katello's six calls and Foreman's questions, over TLS with Foreman's certificate, by Foreman's own library. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { generate } from "selfsigned";
import { encodeForm, type FormValue } from "../../src/client/forms.ts";
import type { Pair } from "../../src/demo/certificates.ts";
import { pem } from "../support/gateway.ts";
import {
  callAsKatello,
  encodeAsKatello,
  type KatelloAnswer,
  type KatelloCall,
  restClientVersion,
} from "./katello.ts";
import { type Site, startSite } from "./site.ts";

let site: Site;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site?.stop());

const foreman = (): Pair => ({ cert: pem("foreman.crt"), key: pem("foreman.key") });
const stranger = (): Pair => ({ cert: pem("stranger.crt"), key: pem("stranger.key") });
const impostor = async (): Promise<Pair> => {
  const name = [{ name: "commonName", value: "foreman.example.org" }];
  const { cert, private: key } = await generate(name, { keyType: "ec", algorithm: "sha256" });
  return { cert, key };
};
const call = (identity: Pair | undefined, ...calls: KatelloCall[]): Promise<KatelloAnswer[]> =>
  callAsKatello({ base: `https://${site.tls}`, ca: pem("ca.crt"), identity }, calls);

const entry = (repository: string, auth_required = true) => ({ repository, auth_required });
const put = (name: string, payload: Exclude<KatelloCall["payload"], undefined>): KatelloCall => ({
  method: "put",
  path: `container_gateway/${name}`,
  payload,
});
const users: KatelloCall = { method: "get", path: "container_gateway/users" };
const accepted: KatelloAnswer = { status: 200, body: "{}" };

/** A user and its grants, or a host and its grants, in the order of the names. */
const GRANTS = {
  repositories: `SELECT name || ' ' || auth_required AS v FROM repositories WHERE listed ORDER BY name COLLATE "C"`,
  users: `SELECT u.name || coalesce(' ' || r.name, '') AS v FROM users u
    LEFT JOIN (repositories_users m JOIN repositories r ON r.id = m.repository_id AND r.listed) ON m.user_id = u.id ORDER BY u.name COLLATE "C", r.name COLLATE "C"`,
  hosts: `SELECT h.uuid || coalesce(' ' || r.name, '') AS v FROM hosts h
    LEFT JOIN (hosts_repositories m JOIN repositories r ON r.id = m.repository_id AND r.listed) ON m.host_id = h.id ORDER BY h.uuid COLLATE "C", r.name COLLATE "C"`,
} as const;
const state = async (of: keyof typeof GRANTS) =>
  (await site.sql<{ v: string }>(GRANTS[of])).map(({ v }) => v);

interface Push {
  readonly when: string;
  readonly calls: readonly KatelloCall[];
  readonly of: keyof typeof GRANTS;
  readonly leaves: readonly string[];
}

const list = put("repository_list", {
  repositories: [entry("a/b", false), entry("c"), entry("r1"), entry("r2")],
});

const PUSHES: readonly Push[] = [
  {
    when: "lists repositories",
    calls: [list],
    of: "repositories",
    leaves: ["a/b false", "c true", "r1 true", "r2 true"],
  },
  {
    when: "maps users: a repeated login, brackets, spaces and slashes in logins, an unknown repository, one without need of authorization, a user with nothing",
    calls: [
      put("user_repository_mapping", {
        users: [
          { alice: [entry("r1"), entry("nowhere")] },
          { "a[b]": [entry("r1")] },
          { "dom/ain user": [entry("c"), entry("a/b", false)] },
          { bob: [] },
          { Alice: [entry("r2")] },
        ],
      }),
    ],
    of: "users",
    leaves: ["a[b] r1", "alice r1", "alice r2", "bob", "dom/ain user c"],
  },
  {
    when: "maps no users",
    calls: [put("user_repository_mapping", { users: [] })],
    of: "users",
    leaves: ["a[b]", "alice", "bob", "dom/ain user"],
  },
  {
    when: "lists hosts, one without a uuid",
    calls: [put("update_hosts", { hosts: [{ uuid: "u-1" }, { uuid: null }, { uuid: "u-2" }] })],
    of: "hosts",
    leaves: ["u-1", "u-2"],
  },
  {
    when: "maps hosts, a repeated one and one with nothing",
    calls: [
      put("host_repository_mapping", {
        hosts: [{ "u-1": [entry("r1")] }, { "u-2": [] }, { "u-1": [entry("r2")] }],
      }),
    ],
    of: "hosts",
    leaves: ["u-1 r1", "u-1 r2", "u-2"],
  },
  {
    when: "maps one unknown host",
    calls: [put("update_host_repositories", { hosts: [{ "u-3": [entry("c")] }] })],
    of: "hosts",
    leaves: ["u-1 r1", "u-1 r2", "u-2", "u-3 c"],
  },
  {
    when: "maps one known host to nothing",
    calls: [put("update_host_repositories", { hosts: [{ "u-1": [] }] })],
    of: "hosts",
    leaves: ["u-1", "u-2", "u-3 c"],
  },
  { when: "lists no hosts", calls: [put("update_hosts", { hosts: [] })], of: "hosts", leaves: [] },
  {
    when: "lists no repositories",
    calls: [put("repository_list", { repositories: [] })],
    of: "repositories",
    leaves: [],
  },
];

describe(`rest-client ${await restClientVersion()}`, () => {
  test.each(PUSHES)("$when", async ({ calls, of, leaves }) => {
    expect(await call(foreman(), ...calls)).toEqual(calls.map(() => accepted));
    expect(await state(of)).toEqual(leaves);
  });

  test("reads the stored logins", async () => {
    const [answer] = await call(foreman(), users);
    expect(answer?.status).toBe(200);
    expect(JSON.parse(answer?.body ?? "").users.sort()).toEqual(["a[b]", "alice", "bob", "dom/ain user"]);
  });

  test("syncs the same twice, and the second sync changes no row", async () => {
    const everything = [
      list,
      put("user_repository_mapping", { users: [{ alice: [entry("r1")] }, { bob: [entry("r2")] }] }),
      put("update_hosts", { hosts: [{ uuid: "u-1" }] }),
      put("host_repository_mapping", { hosts: [{ "u-1": [entry("r1")] }] }),
    ];
    const versions = () =>
      site.sql(
        `SELECT 'r' AS t, xmin::text, name AS v FROM repositories UNION ALL SELECT 'u', xmin::text, name FROM users
         UNION ALL SELECT 'h', xmin::text, uuid FROM hosts
         UNION ALL SELECT 'ru', xmin::text, repository_id || ' ' || user_id FROM repositories_users
         UNION ALL SELECT 'hr', xmin::text, repository_id || ' ' || host_id FROM hosts_repositories ORDER BY 1, 3`,
      );
    expect(await call(foreman(), ...everything)).toEqual(everything.map(() => accepted));
    const before = await versions();
    expect(before).toHaveLength(4 + 4 + 1 + 2 + 1);
    expect(await call(foreman(), ...everything)).toEqual(everything.map(() => accepted));
    expect(await versions()).toEqual(before);
  });

  test("gets an error that names what is wrong with a malformed body", async () => {
    const [answer] = await call(foreman(), put("repository_list", "nonsense=1"));
    expect(answer).toMatchObject({ error: "RestClient::BadRequest", status: 400 });
    expect(answer?.body).toMatch("unexpected key");
  });

  test("finds the features and the version of a Smart Proxy", async () => {
    const [features, names, version] = await call(
      foreman(),
      ...["v2/features", "features", "version"].map((path): KatelloCall => ({ method: "get", path })),
    );
    expect(JSON.parse(features?.body ?? "")).toEqual({
      container_gateway: {
        http_enabled: false,
        https_enabled: true,
        settings: {},
        state: "running",
        capabilities: [],
      },
    });
    expect(JSON.parse(names?.body ?? "")).toEqual(["container_gateway"]);
    expect(JSON.parse(version?.body ?? "")).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    });
  });

  test("gets the reason for a refused large sync, which it sends to its end first", async () => {
    const large = "repositories[][repository]=a&repositories[][auth_required]=true&".repeat(300_000);
    const [odd] = await call(foreman(), put("repository_list", `nonsense=1&${large}`));
    expect(odd).toMatchObject({ status: 400, body: expect.stringMatching("byte 0 of the body") });
    const [refused] = await call(stranger(), put("repository_list", large));
    expect(refused).toMatchObject({ status: 403, body: expect.stringMatching("trusted_hosts") });
  });

  const others: readonly [string, () => Promise<Pair | undefined>][] = [
    ["a certificate of another name", async () => stranger()],
    ["the right name in a certificate of another CA", impostor],
    ["no certificate", async () => undefined],
  ];
  test.each(others)("is refused with %s, and changes nothing", async (_, identity) => {
    const before = await state("repositories");
    const answers = await call(
      await identity(),
      put("repository_list", { repositories: [entry("intruder")] }),
      users,
      { method: "get", path: "v2/features" },
    );
    for (const answer of answers)
      expect(answer).toMatchObject({ error: "RestClient::Forbidden", status: 403 });
    expect(answers).toHaveLength(3);
    expect(await state("repositories")).toEqual(before);
  });

  test("encodes forms as the tests do", async () => {
    const leaf = fc.oneof(fc.string({ unit: "grapheme" }), fc.integer(), fc.boolean(), fc.constant(null));
    const { value } = fc.letrec<{ value: FormValue; list: FormValue; object: FormValue }>((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, leaf, tie("list"), tie("object")),
      list: fc.array(tie("value"), { maxLength: 3 }),
      object: fc.dictionary(fc.string({ unit: "grapheme" }), tie("value"), { maxKeys: 3 }),
    }));
    const payloads = fc.sample(fc.dictionary(fc.string(), value, { maxKeys: 3, noNullPrototype: true }), {
      numRuns: 500,
      seed: 7,
    });
    expect(payloads.map((payload) => encodeForm(payload))).toEqual(await encodeAsKatello(payloads));
  });
});
