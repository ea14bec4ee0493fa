import { Buffer } from "node:buffer";
import { describe, expect, test } from "@jest/globals";
import {
  FormError,
  JsonTooLong,
  MAX_JSON_BYTES,
  readHostGrants,
  readHosts,
  readRepositories,
  readUserGrants,
  type SyncBody,
  UnsupportedContentType,
} from "../../src/sync/body/read-body.ts";

const FORM = "application/x-www-form-urlencoded";

function body(text: string | Uint8Array, contentType: string | undefined = FORM): SyncBody {
  async function* chunks() {
    yield typeof text === "string" ? Buffer.from(text) : text;
  }
  return { contentType, chunks: chunks() };
}

const json = (value: unknown) => body(JSON.stringify(value), "application/json; charset=utf-8");

async function rows<Row>(batches: AsyncIterable<Row[]>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const batch of batches) {
    expect(batch).not.toHaveLength(0);
    // The place of a name says nothing about the body.
    all.push(...batch.map((row) => ({ ...row, place: undefined })));
  }
  return all;
}

async function failure(batches: AsyncIterable<unknown>): Promise<unknown> {
  try {
    for await (const batch of batches) void batch;
  } catch (error) {
    return error;
  }
  return undefined;
}

const repository = (
  entry: number,
  name: string | undefined,
  auth_required: string | boolean | undefined,
) => ({
  entry,
  repository: name,
  auth_required,
});
const grant = (entry: number, subject: string, name?: string, auth_required?: string | boolean) => ({
  entry,
  subject,
  repository: name,
  auth_required,
});
const mentioned = (subject: string) => grant(0, subject);

test("a name that comes again in a mapping has the same place", async () => {
  const names = ["r1", "r2", "r1", "r3", "r2", "r1"];
  const form = names.map((name, at) => `users[][u${at}][][repository]=${name}`).join("&");
  const places = new Map<string, Set<number | undefined>>();
  for await (const batch of readUserGrants(body(form)))
    for (const { repository, place } of batch)
      places.set(String(repository), (places.get(String(repository)) ?? new Set()).add(place));
  expect([...places.values()].map((all) => [...all])).toEqual([[0], [1], [2]]);
});

describe("the list of repositories", () => {
  test.each([
    {
      when: "reads Katello's format",
      form: "repositories[][repository]=a%2Fb&repositories[][auth_required]=false&repositories[][repository]=c&repositories[][auth_required]=true",
      gives: [repository(1, "a/b", "false"), repository(2, "c", "true")],
    },
    { when: "reads a bare key as an empty list", form: "repositories", gives: [] },
    {
      when: "starts a new entry where any field repeats",
      form: "repositories[][auth_required]=true&repositories[][repository]=a&repositories[][auth_required]=false",
      gives: [repository(1, "a", "true"), repository(2, undefined, "false")],
    },
    {
      when: "reads a bare field as null",
      form: "repositories[][repository]&repositories[][auth_required]=true",
      gives: [repository(1, undefined, "true")],
    },
    {
      when: "reads a field with = and no value as an empty text",
      form: "repositories[][repository]=",
      gives: [repository(1, "", undefined)],
    },
    {
      when: "reads an empty object",
      form: "repositories[]&repositories[][repository]=a",
      gives: [repository(1, undefined, undefined), repository(2, "a", undefined)],
    },
    {
      when: "ignores unknown fields that a later Katello may add",
      form: "repositories[][id]=1&repositories[][repository]=a&repositories[][id]=2&repositories[][auth_required]=true",
      gives: [repository(1, "a", undefined), repository(2, undefined, "true")],
    },
    {
      when: "ignores empty pairs",
      form: "&&repositories[][repository]=a&&repositories[][auth_required]=true&",
      gives: [repository(1, "a", "true")],
    },
    {
      when: "reads a plus as a space, and = and brackets in a value literally",
      form: "repositories[][repository]=a+b=[c]%2B",
      gives: [repository(1, "a b=[c]+", undefined)],
    },
    {
      when: "reads encoded and raw non-ASCII text",
      form: "repositories[][repository]=%C3%A9é%F0%9F%98%80&repositories[][repository]=é",
      gives: [repository(1, "éé😀", undefined), repository(2, "é", undefined)],
    },
    {
      when: "reads percent-encoded keys",
      form: "%72epositories[][%72epository]=a",
      gives: [repository(1, "a", undefined)],
    },
    {
      when: "leaves the case of auth_required unchanged",
      form: "repositories[][repository]=a&repositories[][auth_required]=True",
      gives: [repository(1, "a", "True")],
    },
  ])("$when", async ({ form, gives }) => {
    expect(await rows(readRepositories(body(form)))).toEqual(gives);
  });
});

describe("the mapping of users", () => {
  test.each([
    {
      when: "reads Katello's format",
      form: "users[][alice][][repository]=r1&users[][alice][][auth_required]=true&users[][alice][][repository]=r2&users[][alice][][auth_required]=true&users[][bob]",
      gives: [grant(1, "alice", "r1", "true"), grant(2, "alice", "r2", "true"), mentioned("bob")],
    },
    { when: "reads a bare key as an empty mapping", form: "users", gives: [] },
    { when: "ignores a user without a login", form: "users[]", gives: [] },
    {
      when: "reads encoded brackets as part of the login",
      form: "users[][a%5Bb%5D][][repository]=r&users[][%5B%5D]",
      gives: [grant(1, "a[b]", "r"), mentioned("[]")],
    },
    {
      when: "reads logins with spaces, & and =",
      form: "users[][a+b%26%3D][][repository]=r",
      gives: [grant(1, "a b&=", "r")],
    },
    {
      when: "reads a repeated login",
      form: "users[][a][][repository]=r1&users[][b]&users[][a][][repository]=r2&users[][a]",
      gives: [grant(1, "a", "r1"), mentioned("b"), grant(2, "a", "r2"), mentioned("a")],
    },
    {
      when: "ends an entry where another login begins",
      form: "users[][a][][repository]=r1&users[][b][][auth_required]=true&users[][b][][repository]=r2",
      gives: [grant(1, "a", "r1"), grant(2, "b", "r2", "true")],
    },
    { when: "reads an empty object in a list", form: "users[][a][]", gives: [grant(1, "a")] },
    {
      when: "reads logins named like inherited members of objects",
      form: "users[][__proto__][][repository]=r&users[][constructor]&users[][uuid]",
      gives: [grant(1, "__proto__", "r"), mentioned("constructor"), mentioned("uuid")],
    },
  ])("$when", async ({ form, gives }) => {
    expect(await rows(readUserGrants(body(form)))).toEqual(gives);
  });
});

describe("the list and the mapping of hosts", () => {
  test("skips an empty uuid but counts its entry", async () => {
    const form = "hosts[][uuid]=u-1&hosts[][uuid]&hosts[][uuid]=&hosts[]&hosts[][uuid]=u-2";
    expect(await rows(readHosts(body(form)))).toEqual([
      { entry: 1, uuid: "u-1" },
      { entry: 5, uuid: "u-2" },
    ]);
  });

  test("reads a bare key as an empty list", async () => {
    expect(await rows(readHosts(body("hosts")))).toEqual([]);
    expect(await rows(readHostGrants(body("hosts")))).toEqual([]);
  });

  test("reads the mapping", async () => {
    const form = "hosts[][u-1][][repository]=r1&hosts[][u-1][][auth_required]=true&hosts[][u-2]";
    expect(await rows(readHostGrants(body(form)))).toEqual([grant(1, "u-1", "r1", "true"), mentioned("u-2")]);
  });
});

describe("the form reader", () => {
  test.each([
    { read: readRepositories, form: "", place: 0, says: "the key `repositories` is missing" },
    { read: readUserGrants, form: "&&", place: 2, says: "the key `users` is missing" },
    { read: readHosts, form: "", place: 0, says: "the key `hosts` is missing" },
    { read: readRepositories, form: "utf8=%E2%9C%93&repositories", place: 0, says: "unexpected key" },
    {
      read: readRepositories,
      form: "repositories&users",
      place: 13,
      says: "expected repositories[][repository]",
    },
    { read: readRepositories, form: "=1", place: 0, says: "unexpected key" },
    { read: readRepositories, form: "repositories=", place: 12, says: "takes no value" },
    { read: readRepositories, form: "repositories[]=a", place: 14, says: "takes no value" },
    { read: readRepositories, form: "repositories[0][repository]=a", place: 0, says: "unexpected key" },
    { read: readRepositories, form: "repositories[repository]=a", place: 0, says: "unexpected key" },
    { read: readRepositories, form: "repositories[][]=a", place: 0, says: "unexpected key" },
    { read: readRepositories, form: "repositories[][repository][]=a", place: 0, says: "unexpected key" },
    { read: readRepositories, form: "repositories[][repository=a", place: 0, says: "unexpected key" },
    { read: readRepositories, form: "repositories[][repository]]=a", place: 0, says: "unexpected key" },
    { read: readRepositories, form: "repositories[][[repository]=a", place: 0, says: "unexpected key" },
    { read: readRepositories, form: "repositories[]x[repository]=a", place: 0, says: "unexpected key" },
    { read: readRepositories, form: "repositories]=a", place: 0, says: "unexpected key" },
    { read: readRepositories, form: "repositories%5B%5D[repository]=a", place: 0, says: "unexpected key" },
    {
      read: readRepositories,
      form: "repositories[][repository]=a%2",
      place: 28,
      says: "two hexadecimal digits",
    },
    {
      read: readRepositories,
      form: "repositories[][repository]=a%2&repositories",
      place: 28,
      says: "two hexadecimal digits",
    },
    {
      read: readRepositories,
      form: "repositories[][repository]=a%g0",
      place: 28,
      says: "two hexadecimal digits",
    },
    { read: readRepositories, form: "repositories[][repo%]=a", place: 19, says: "two hexadecimal digits" },
    { read: readRepositories, form: "repositories[][repository]=%ff", place: 27, says: "not UTF-8" },
    { read: readRepositories, form: "repositories[][repository]=%ED%A0%80", place: 27, says: "not UTF-8" },
    { read: readUserGrants, form: "users[][%C3]", place: 8, says: "not UTF-8" },
    { read: readUserGrants, form: "users[][alice]=r1", place: 14, says: "takes no value" },
    {
      read: readUserGrants,
      form: "users[][alice][repository]=r1",
      place: 0,
      says: "users[][<login>][][repository]",
    },
    { read: readUserGrants, form: "users[][][][repository]=r1", place: 0, says: "unexpected key" },
    { read: readUserGrants, form: "users[alice][][repository]=r1", place: 0, says: "unexpected key" },
    { read: readUserGrants, form: "users[][alice][][]=r1", place: 0, says: "unexpected key" },
    { read: readHosts, form: "hosts[][u-1][][repository]=r1", place: 0, says: "expected hosts[][uuid]" },
    { read: readHosts, form: "hosts[][u-1]", place: 0, says: "expected hosts[][uuid]" },
    { read: readHostGrants, form: "hosts[][uuid]=u-1", place: 0, says: "hosts[][<uuid>]" },
    { read: readHostGrants, form: "hosts[][uuid]", place: 0, says: "hosts[][<uuid>]" },
  ])("rejects $form at its position: $says", async ({ read, form, place, says }) => {
    const error = await failure(read(body(form)));
    expect(error).toBeInstanceOf(FormError);
    expect(error).toMatchObject({ place, message: expect.stringContaining(says) });
  });

  test("rejects bytes that are not UTF-8", async () => {
    const form = Buffer.concat([Buffer.from("hosts[][uuid]="), Buffer.of(0xc3, 0x28)]);
    expect(await failure(readHosts(body(form)))).toMatchObject({ name: "FormError", place: 14 });
  });

  const long = "x".repeat(64 * 1024);

  test("rejects keys and values that are too long", async () => {
    const key = { name: "FormError", message: expect.stringContaining("a key is longer than 65536 bytes") };
    const value = {
      name: "FormError",
      message: expect.stringContaining("a value is longer than 65536 bytes"),
    };
    expect(await failure(readHosts(body(`hosts&hosts[][uuid]=${long}x`)))).toMatchObject({
      ...value,
      place: 20,
    });
    expect(await failure(readHosts(body(`hosts&${long}x`)))).toMatchObject({ ...key, place: 6 });
    expect(await failure(readHosts(body(`${long}${long}${long}`)))).toMatchObject({ ...key, place: 0 });
  });

  test("accepts keys and values of the maximum length", async () => {
    expect(await rows(readHosts(body(`hosts[][uuid]=${long}`)))).toEqual([{ entry: 1, uuid: long }]);
    const login = long.slice("users[][]".length);
    expect(await rows(readUserGrants(body(`users[][${login}]`)))).toEqual([mentioned(login)]);
  });
});

describe("the JSON reader", () => {
  test("reads the same lists and mappings", async () => {
    const entries = [{ repository: "a/b", auth_required: false }, { repository: null, more: 1 }, {}];
    expect(await rows(readRepositories(json({ repositories: entries })))).toEqual([
      repository(1, "a/b", false),
      repository(2, undefined, undefined),
      repository(3, undefined, undefined),
    ]);
    const users = [{ alice: [{ repository: "r", auth_required: "TRUE" }] }, { bob: [] }, {}];
    expect(await rows(readUserGrants(json({ users })))).toEqual([
      grant(1, "alice", "r", "TRUE"),
      mentioned("bob"),
    ]);
    const hosts = [{ uuid: "u-1" }, { uuid: null }, {}, { uuid: "u-2" }];
    expect(await rows(readHosts(json({ hosts })))).toEqual([
      { entry: 1, uuid: "u-1" },
      { entry: 4, uuid: "u-2" },
    ]);
    expect(await rows(readHostGrants(json({ hosts: [{ "u-1": [{ repository: "r" }] }] })))).toEqual([
      grant(1, "u-1", "r"),
    ]);
    expect(await rows(readRepositories(json({ repositories: [] })))).toEqual([]);
  });

  test("reads many entries in batches", async () => {
    const entries = Array.from({ length: 10_000 }, (_, index) => ({
      repository: `r${index}`,
      auth_required: true,
    }));
    const all = await rows(readRepositories(json({ repositories: entries })));
    expect(all).toEqual(entries.map((entry, index) => ({ entry: index + 1, ...entry })));
  });

  test.each([
    { read: readRepositories, text: "", place: 0 },
    { read: readRepositories, text: '{"repositories":[', place: 17 },
    { read: readRepositories, text: '{"repositories":[{},]}', place: 22 },
    { read: readRepositories, text: "[]", place: "" },
    { read: readRepositories, text: "null", place: "" },
    { read: readRepositories, text: "{}", place: "" },
    { read: readRepositories, text: '{"repositories":null}', place: "/repositories" },
    { read: readRepositories, text: '{"repositories":{}}', place: "/repositories" },
    { read: readRepositories, text: '{"repositories":[],"users":[]}', place: "" },
    { read: readRepositories, text: '{"__proto__":{"repositories":[]}}', place: "" },
    { read: readRepositories, text: '{"repositories":["a"]}', place: "/repositories/0" },
    { read: readRepositories, text: '{"repositories":[{},[]]}', place: "/repositories/1" },
    {
      read: readRepositories,
      text: '{"repositories":[{"repository":1}]}',
      place: "/repositories/0/repository",
    },
    {
      read: readRepositories,
      text: '{"repositories":[{"auth_required":1}]}',
      place: "/repositories/0/auth_required",
    },
    { read: readUserGrants, text: '{"users":["alice"]}', place: "/users/0" },
    { read: readUserGrants, text: '{"users":[{"alice":null}]}', place: "/users/0/alice" },
    { read: readUserGrants, text: '{"users":[{"alice":[{},1]}]}', place: "/users/0/alice/1" },
    { read: readUserGrants, text: '{"users":[{"":[]}]}', place: "/users/0/" },
    { read: readHosts, text: '{"hosts":[{"u-1":[]}]}', place: "/hosts/0" },
    { read: readHosts, text: '{"hosts":[{"uuid":1}]}', place: "/hosts/0/uuid" },
    { read: readHosts, text: '{"hosts":["u-1"]}', place: "/hosts/0" },
    { read: readHostGrants, text: '{"hosts":[{"uuid":"u-1"}]}', place: "/hosts/0/uuid" },
    { read: readRepositories, text: "[".repeat(1_000_000), place: 1_000_000 },
  ])("rejects an invalid body at $place", async ({ read, text, place }) => {
    expect(await failure(read(body(text, "application/json")))).toMatchObject({ name: "FormError", place });
  });

  test("rejects bytes that are not UTF-8", async () => {
    const text = Buffer.concat([Buffer.from('{"hosts":[{"é'), Buffer.of(0xff), Buffer.from('":1}]}')]);
    expect(await failure(readHosts(body(text, "application/json")))).toMatchObject({ name: "FormError" });
  });

  test("ignores members of __proto__", async () => {
    const text = '{"repositories":[{"__proto__":{"repository":"a"}}]}';
    expect(await rows(readRepositories(body(text, "application/json")))).toEqual([
      repository(1, undefined, undefined),
    ]);
  });

  test("ignores unknown members and takes the last of two equal ones", async () => {
    const text = `{"repositories":[{"x":{"repository":["no",{"y":[]}]},"repository":"a","z":[1,-2.5e3,"\\u00e9"],
      "repository":"b","auth_required":false}]}`;
    expect(await rows(readRepositories(body(text, "application/json")))).toEqual([repository(1, "b", false)]);
  });

  test("reads up to 16 MiB", async () => {
    const padded = (length: number) => {
      const text = '{"repositories":[]}';
      return body(text + " ".repeat(length - text.length), "application/json");
    };
    expect(await rows(readRepositories(padded(MAX_JSON_BYTES)))).toEqual([]);
    expect(await failure(readRepositories(padded(MAX_JSON_BYTES + 1)))).toBeInstanceOf(JsonTooLong);
  });
});

describe("the content type", () => {
  test.each(["Application/X-WWW-Form-URLEncoded", `${FORM};charset=UTF-8`, ` ${FORM} ; a=b`])(
    "%s is read as a form",
    async (type) => {
      expect(await rows(readHosts(body("hosts", type)))).toEqual([]);
    },
  );

  test.each(["text/plain", "multipart/form-data; boundary=x", "application/jsonp", ""])(
    "%j is rejected",
    async (type) => {
      expect(await failure(readHosts(body("hosts", type)))).toBeInstanceOf(UnsupportedContentType);
    },
  );

  test("may be missing only when the body is empty", async () => {
    async function* chunks(text: string) {
      yield Buffer.from(text);
    }
    const refused = await failure(readHosts({ contentType: undefined, chunks: chunks("hosts") }));
    expect(refused).toBeInstanceOf(UnsupportedContentType);
    const empty = await failure(readHosts({ contentType: undefined, chunks: chunks("") }));
    expect(empty).toMatchObject({
      name: "FormError",
      message: expect.stringContaining("`hosts` is missing"),
    });
  });
});

describe("the stream of a body", () => {
  test("is read only as far as rows are requested", async () => {
    let sent = 0;
    async function* chunks() {
      while (sent < 1000) {
        sent++;
        yield Buffer.from(`hosts[][uuid]=u-${sent}&`.repeat(1000));
      }
    }
    const batches = readHosts({ contentType: FORM, chunks: chunks() })[Symbol.asyncIterator]();
    await batches.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(sent).toBe(1);
    await batches.return?.();
  });

  test("is closed when reading stops early or fails", async () => {
    let ended = 0;
    async function* chunks() {
      try {
        for (let sent = 0; sent < 1000; sent++) yield Buffer.from("hosts[][uuid]=u&hosts[][uuid]=v&");
      } finally {
        ended++;
      }
    }
    for await (const batch of readHosts({ contentType: FORM, chunks: chunks() })) {
      expect(batch).toHaveLength(2);
      break;
    }
    expect(ended).toBe(1);
    await failure(readHostGrants({ contentType: FORM, chunks: chunks() }));
    expect(ended).toBe(2);
  });

  test("passes its own error to the reader", async () => {
    async function* chunks() {
      yield Buffer.from("hosts[][uuid]=u&hosts[]");
      throw new Error("aborted");
    }
    expect(await failure(readHosts({ contentType: FORM, chunks: chunks() }))).toMatchObject({
      message: "aborted",
    });
  });

  test("does not block the event loop with a large chunk", async () => {
    const form = Buffer.from(
      "repositories[][repository]=org%2Fapp&repositories[][auth_required]=true&".repeat(100_000),
    );
    let turns = 0;
    const count = () => {
      turns++;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    const all = await rows(readRepositories(body(form)));
    clearImmediate(timer);
    expect(all).toHaveLength(100_000);
    expect(turns).toBeGreaterThan(20);
  });
});
