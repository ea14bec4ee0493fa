import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { caller } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { testLines } from "../support/lines.ts";
import { get, postToken } from "../support/operations.ts";

const settings = {
  login_attempts: 3,
  foreman_failed_logins: 0,
  trusted_proxies: ["127.0.0.1"],
  login_ttl: 0,
};
const katello = { failedLoginLimit: 0 };
let world: TestGateway;
let twin: TestGateway;
beforeAll(async () => {
  world = await startTestGateway({ settings, katello });
  twin = await startTestGateway({ settings, katello, database: world.database, listed: false });
});
beforeEach(() => {
  world.katello.clearRequests();
});
afterAll(async () => {
  await twin.stop();
  await world.stop();
});

/** Returns an address that no other test uses. */
let addresses = 0;
function stranger(): string {
  addresses += 1;
  return `198.51.${addresses >> 8}.${addresses & 255}`;
}

async function logIn(address: string, basic: string, gateway = world) {
  const headers = { "x-forwarded-for": address };
  return caller(gateway, { basic })(get.token(), headers);
}

async function fail(times: number, address: string, basic = "alice:wrong", gateway = world): Promise<void> {
  for (let time = 0; time < times; time += 1) expect((await logIn(address, basic, gateway)).status).toBe(401);
}

test("a locked-out caller does not learn from others' logins that a guess is right", async () => {
  const remembering = await startTestGateway({ settings: { ...settings, login_ttl: 600 }, katello });
  try {
    const [guilty, alice, other] = [stranger(), stranger(), stranger()];
    await fail(3, guilty, "alice:wrong", remembering);
    const guess = async (basic: string) => (await logIn(guilty, basic, remembering)).status;
    remembering.katello.delay = 300;
    const login = logIn(alice, "alice:secret", remembering);
    await eventually("it is on its way", () => remembering.katello.requests.length > 3);
    expect(await guess("alice:secret")).toBe(429);
    expect((await login).status).toBe(200);
    remembering.katello.delay = 0;
    for (const basic of ["alice:a", "alice:secret", "alice:b"]) expect(await guess(basic)).toBe(429);
    // Other callers get cached logins, from any address.
    remembering.katello.clearRequests();
    for (const address of [alice, other])
      expect((await logIn(address, "alice:secret", remembering)).status).toBe(200);
    expect(remembering.katello.requests).toEqual([]);
  } finally {
    await remembering.stop();
  }
});

describe("an account at an address with too many failed logins", () => {
  const guilty = stranger();
  beforeAll(() => fail(3, guilty));
  const headers = { "x-forwarded-for": guilty };
  const tooMany = {
    headers,
    status: 429,
    code: "TOOMANYREQUESTS",
    says: "(login_attempts",
    answers: { "retry-after": /^(?:[12]?\d?\d|300)$/ },
  };
  testLines(
    () => world,
    [
      { ...tooMany, when: "another guess", as: { basic: "alice:wrong" }, call: get.token() },
      { ...tooMany, when: "the right password", as: { basic: "alice:secret" }, call: get.token() },
      {
        ...tooMany,
        when: "the same login in other case",
        as: { basic: "ALICE:secret" },
        call: get.token(),
      },
      { ...tooMany, when: "a search", as: { basic: "alice:secret" }, call: get.search({ q: "x" }) },
      {
        ...tooMany,
        when: "a form",
        call: postToken({ grant_type: "password", username: "alice", password: "secret" }),
      },
      {
        when: "another account at the same address",
        headers,
        as: { basic: "bob:hunter2" },
        call: get.token(),
        status: 200,
      },
      {
        when: "the same account at another address",
        headers: { "x-forwarded-for": "203.0.113.9" },
        as: { basic: "alice:secret" },
        call: get.token(),
        status: 200,
      },
      { when: "an anonymous request", headers, call: get.token(), status: 200 },
    ],
  );

  test("leads to no request to Katello", async () => {
    await logIn(guilty, "alice:guess");
    expect(world.katello.requests).toEqual([]);
  });

  test("is locked out at another gateway of the same database, too", async () => {
    expect((await logIn(guilty, "alice:secret", twin)).status).toBe(429);
    const both = stranger();
    await fail(2, both);
    await fail(1, both, "alice:wrong", twin);
    expect((await logIn(both, "alice:secret")).status).toBe(429);
    expect((await logIn(both, "alice:secret", twin)).status).toBe(429);
  });

  test("is locked out after as many concurrent guesses", async () => {
    const address = stranger();
    world.katello.delay = 100;
    const guesses = Array.from({ length: 30 }, (_, index) => logIn(address, `alice:guess-${index}`));
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    world.katello.delay = 0;
    expect(statuses.filter((status) => status === 401).length).toBe(3);
    expect(statuses.filter((status) => status === 429).length).toBe(27);
    expect(world.katello.requests).toHaveLength(3);
  });

  test("is not locked out by concurrent valid logins", async () => {
    const address = stranger();
    world.katello.delay = 50;
    // Spellings differ, because equal credentials are coalesced.
    const logins = Array.from({ length: 12 }, (_, index) =>
      logIn(address, `${"alice".slice(0, index % 5)}${"ALICE".slice(index % 5)}:secret`),
    );
    const statuses = (await Promise.all(logins)).map(({ status }) => status);
    world.katello.delay = 0;
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  test("includes other addresses of the same network", async () => {
    for (const address of ["2001:db8::1", "2001:db8:0:0::2:3", "2001:0DB8::4:5:6"]) await fail(1, address);
    expect((await logIn("2001:db8::7", "alice:secret")).status).toBe(429);
    expect((await logIn("2001:db8:0:1::7", "alice:secret")).status).toBe(429);
    expect((await logIn("2001:db8:1::7", "alice:secret")).status).toBe(200);
  });
});

test("resets the count after a successful login", async () => {
  const address = stranger();
  await fail(2, address);
  expect((await logIn(address, "alice:secret")).status).toBe(200);
  await fail(2, address);
  expect((await logIn(address, "alice:secret")).status).toBe(200);
});

test("locks out an address that guesses many names, and no other", async () => {
  const address = stranger();
  const guess = (index: number) => logIn(address, `user-${index}:x`);
  const guesses = await Promise.all(Array.from({ length: 60 }, (_, index) => guess(index)));
  expect(new Set(guesses.map(({ status }) => status))).toEqual(new Set([401]));
  expect((await guess(60)).status).toBe(429);
  expect((await logIn(address, "bob:hunter2")).status).toBe(429);
  expect((await logIn(stranger(), "user-1:x")).status).toBe(401);
});

test("ignores the address that an untrusted client claims", async () => {
  const direct = await startTestGateway({ settings: { login_attempts: 2, foreman_failed_logins: 0 } });
  try {
    await fail(1, "192.0.2.1", "alice:wrong", direct);
    await fail(1, "192.0.2.2", "alice:wrong", direct);
    expect((await logIn("192.0.2.3", "alice:secret", direct)).status).toBe(429);
  } finally {
    await direct.stop();
  }
});

test("does not count logins that Katello could not check", async () => {
  const address = stranger();
  for (let time = 0; time < 4; time += 1) {
    world.katello.twistNextToken({ status: 500, body: "oops" });
    expect((await logIn(address, "alice:secret")).status).toBe(502);
  }
  expect((await logIn(address, "alice:secret")).status).toBe(200);
});

test("stores neither names nor addresses", async () => {
  await fail(1, "192.0.2.77", "pass-in-the-name:x");
  const rows = await world.sql<{ key: string }>("SELECT key FROM login_attempts");
  expect(rows.length).toBeGreaterThan(1);
  for (const { key } of rows) expect(key).toMatch(/^(?:account|address):[\w-]{43}$/);
});

test("sets no limit with login_attempts of 0", async () => {
  const open = await startTestGateway({ settings: { login_attempts: 0, foreman_failed_logins: 0 } });
  try {
    await fail(12, "192.0.2.1", "alice:wrong", open);
    expect(await open.sql("SELECT FROM login_attempts")).toEqual([]);
  } finally {
    await open.stop();
  }
});

test("keeps one address from using up the failed logins that Foreman allows the gateway", async () => {
  const gateway = await startTestGateway({ settings: { trusted_proxies: ["127.0.0.1"] } });
  const logInAt = (address: string, login: string) =>
    caller(gateway, { basic: login })(get.token(), { "x-forwarded-for": address });
  try {
    expect((await logInAt("192.0.2.1", "alice:secret")).status).toBe(200);
    const guesses = Array.from({ length: 40 }, (_, index) => `${index % 2 === 0 ? `n${index}` : "alice"}:x`);
    for (const guess of guesses) await logInAt("192.0.2.66", guess);
    expect(gateway.katello.failedLogins("127.0.0.1")).toBe(9);
    expect((await logInAt("192.0.2.66", "alice:secret")).status).toBe(429);
    // An account that has logged in before, and one that has not.
    expect((await logInAt("192.0.2.1", "alice:secret")).status).toBe(200);
    expect((await logInAt("192.0.2.2", "bob:hunter2")).status).toBe(200);
  } finally {
    await gateway.stop();
  }
});
