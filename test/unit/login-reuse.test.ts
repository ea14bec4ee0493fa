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
