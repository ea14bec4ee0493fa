import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Document, OpenAPIBackend } from "openapi-backend";
import { CONTRACT } from "../../src/generated/contract.ts";
import { hostGrants, listedHost, listedRepository, userGrants } from "../../src/sync/entry-rules.ts";

const backend = new OpenAPIBackend({
  definition: structuredClone(CONTRACT) as Document,
  quick: true,
  strict: true,
  ajvOpts: { meta: false, validateSchema: false, formats: { "date-time": true } },
});
beforeAll(async () => {
  await backend.init();
});

/** Validates a body against the compiled schemas of openapi.yaml. */
const keepsContract = (operation: string, path: string, body: object): boolean =>
  backend.validator.validateRequest(
    { method: "PUT", path, headers: { "content-type": "application/json" }, body },
    operation,
  ).valid;

const name = fc.oneof(
  fc.constantFrom(
    "org/app",
    "a",
    "A--b",
    "a__b",
    "a___b",
    "a.b",
    "a..b",
    "/a",
    "a/",
    "..",
    " ",
    "a\n",
    "a".repeat(256),
  ),
  fc.string({ unit: fc.constantFrom("a", "Z", "0", ".", "_", "-", "/", " ", "é", "\n"), maxLength: 8 }),
);
const truth = fc.oneof(
  fc.constantFrom<string | boolean>(
    true,
    false,
    "true",
    "FALSE",
    "True",
    "maybe",
    "",
    "tru",
    "true ",
    "ｔrue",
  ),
  fc.string({ maxLength: 3 }),
);
const fields = fc.record({ repository: name, auth_required: truth }, { requiredKeys: [] });

describe("an entry is accepted if the schemas of the contract accept it", () => {
  test("in the list of repositories", () => {
    fc.assert(
      fc.property(fields, ({ repository, auth_required }) => {
        const entry = JSON.parse(JSON.stringify({ repository, auth_required }));
        expect(listedRepository({ entry: 1, repository, auth_required }) !== undefined).toBe(
          keepsContract("putRepositories", "/repository_list", { repositories: [entry] }),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  test("in the mappings", () => {
    fc.assert(
      fc.property(fields, ({ repository, auth_required }) => {
        const entry = JSON.parse(JSON.stringify({ repository, auth_required }));
        const taken = keepsContract("putUserGrants", "/user_repository_mapping", {
          users: [{ alice: [entry] }],
        });
        const row = { entry: 1, subject: "alice", repository, auth_required };
        expect([userGrants()(row) !== undefined, hostGrants()(row) !== undefined]).toEqual([taken, taken]);
      }),
      { numRuns: 1_000 },
    );
  });

  test("in the list of hosts", () => {
    const uuid = fc.oneof(name, fc.uuid(), fc.constantFrom("   ", "a".repeat(255), "a".repeat(256), "u-1"));
    fc.assert(
      fc.property(uuid, (text) => {
        expect(listedHost({ entry: 1, uuid: text }) !== undefined).toBe(
          keepsContract("putHosts", "/update_hosts", { hosts: [{ uuid: text }] }),
        );
      }),
      { numRuns: 2_000 },
    );
  });
});

test("an entry with auth_required False names its subject and grants nothing", () => {
  const row = { entry: 1, subject: "alice", repository: "r", auth_required: "False" };
  expect(userGrants()(row)).toEqual({ subject: "alice", repository: undefined });
});

test.each([" ", "", "a/b", "ü"])("rejects %j as a host", (subject) => {
  expect(
    hostGrants()({ entry: 0, subject, repository: undefined, auth_required: undefined }),
  ).toBeUndefined();
});

test.each(["a:b", "a\n", "", "a".repeat(256)])("rejects %j as a login", (subject) => {
  expect(
    userGrants()({ entry: 0, subject, repository: undefined, auth_required: undefined }),
  ).toBeUndefined();
});

test("names are validated by their place once, and invalid ones each time", () => {
  const check = userGrants();
  const row = (repository: string, place: number) =>
    check({ entry: 1, subject: "alice", repository, auth_required: "true", place });
  for (let time = 0; time < 2; time += 1) {
    expect(row("a b", 3)).toBeUndefined();
    expect(row("org/app", 4)).toEqual({ subject: "alice", repository: "org/app", place: 4 });
    // Without a place nothing is known of a name.
    expect(row("a b", -1)).toBeUndefined();
  }
});
