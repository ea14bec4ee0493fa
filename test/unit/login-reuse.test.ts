import { expect, test } from "@jest/globals";
import { reuseLogins } from "../../src/auth/login/reuse.ts";
import { registryError } from "../../src/model/errors.ts";
import type { LoginRequest } from "../../src/model/logins.ts";

const question = (address: string): LoginRequest => ({
  authorization: "Basic YQ==",
  name: "alice",
  replacesRevoked: true,
  requestId: "r",
  address,
});

test("who has to wait at one address keeps nobody waiting at another, who logs in at the same moment", async () => {
  const asked: (string | undefined)[] = [];
  const logIn = reuseLogins(
    async ({ address }) => {
      asked.push(address);
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (address === "192.0.2.1") throw registryError("TOOMANYREQUESTS");
      return { token: "t", secondsLeft: 60, userId: 1 };
    },
    { ttl: 5, isValid: async () => true, admit: async () => undefined },
  );
  const ends = ["192.0.2.1", "192.0.2.1", "192.0.2.2"].map((address) => logIn(question(address)));
  const outcomes = await Promise.allSettled(ends);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled"]);
  expect(asked).toEqual(["192.0.2.1", "192.0.2.2"]);
});
