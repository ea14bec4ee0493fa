import { expect, test } from "@jest/globals";
import { createLogin } from "../../src/auth/login/login.ts";
import { RecentLogins } from "../../src/auth/login/recent-logins.ts";
import { registryError } from "../../src/model/errors.ts";
import type { LoginRequest } from "../../src/model/logins.ts";

const question = (address: string): LoginRequest => ({
  authorization: "Basic YQ==",
  name: "alice",
  replacesRevoked: true,
  requestId: "r",
  address,
});

test("rejects a rate-limited login at one address, but not a concurrent one at another", async () => {
  const asked: (string | undefined)[] = [];
  const logIn = createLogin({
    recent: new RecentLogins({ ttlS: 5, isValid: async () => true }),
    throttle: { admit: async () => undefined, reserve: async () => async () => undefined },
    katelloLogin: async ({ address }) => {
      asked.push(address);
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (address === "192.0.2.1") throw registryError("TOOMANYREQUESTS");
      return { token: "t", secondsLeft: 60, userId: 1 };
    },
  });
  const ends = ["192.0.2.1", "192.0.2.1", "192.0.2.2"].map((address) => logIn(question(address)));
  const outcomes = await Promise.allSettled(ends);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled"]);
  expect(asked).toEqual(["192.0.2.1", "192.0.2.2"]);
});

test("asks once for each network whether it is locked out, before it gets the login of another one", async () => {
  const asked: (string | undefined)[] = [];
  const admit = async ({ address }: LoginRequest) => {
    asked.push(address);
    if (address === "198.51.100.1") throw registryError("TOOMANYREQUESTS");
  };
  const logIn = createLogin({
    recent: new RecentLogins({ ttlS: 60, isValid: async () => true }),
    throttle: { admit, reserve: async () => async () => undefined },
    katelloLogin: async () => ({ token: "t", secondsLeft: 3_600, userId: 1 }),
  });
  const addresses = ["192.0.2.1", "192.0.2.2", "2001:db8::1", "198.51.100.1"];
  const outcomes: string[] = [];
  for (const address of [...addresses, ...addresses, "2001:db8:0:1::1"])
    outcomes.push(
      await logIn(question(address)).then(
        () => address,
        () => "refused",
      ),
    );
  const served = ["192.0.2.1", "192.0.2.2", "2001:db8::1", "refused"];
  expect(outcomes).toEqual([...served, ...served, "2001:db8:0:1::1"]);
  // The first one logged in itself, the last one belongs to the site of another, and who is locked out is asked about each time.
  expect(asked).toEqual(["192.0.2.2", "2001:db8::1", "198.51.100.1", "198.51.100.1"]);
});
