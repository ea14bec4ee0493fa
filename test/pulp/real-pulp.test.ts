/**
 * The contract with Pulp against a real one, which `up.sh` starts:
 * `PULP_URL=https://localhost:19443 PULP_CERTS=/tmp/cgw-pulp/certs`, as it says at its end.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, test } from "@jest/globals";
import { ask } from "./ask.ts";
import { check } from "./check.ts";
import { type Facts, gatherFacts, type Target } from "./facts.ts";
import { contract } from "./lines.ts";

const { PULP_URL: origin, PULP_CERTS: certificates } = process.env;
if (!origin || !certificates) {
  throw new Error(
    "PULP_URL and PULP_CERTS must name a Pulp: start one with test/pulp/up.sh and take what it says",
  );
}

const pem = (file: string) => readFile(join(certificates, file), "utf8");
const identity = async (name: string) => ({ cert: await pem(`${name}.crt`), key: await pem(`${name}.key`) });
const ca = await pem("ca.crt");

const status = await ask({ url: `${origin}/pulp/api/v3/status/?fields=versions`, ca });
const minor = /"component":"container","version":"2\.(\d+)\./.exec(status.body.toString())?.[1];
const target: Target = {
  origin,
  generation: Number(minor) >= 28 ? "2.30" : "2.27",
  ca,
  identities: {
    gateway: await identity("client"),
    stranger: await identity("stranger"),
    foreigner: await identity("foreign"),
    nobody: undefined,
  },
};

describe(`a real Pulp with pulp_container 2.${minor}`, () => {
  let facts: Facts;
  beforeAll(async () => {
    facts = await gatherFacts(target);
  });

  describe.each(Object.entries(contract))("%s", (_, lines) => {
    const held = lines.filter(({ only = target.generation }) => only === target.generation);
    test.each(held)("$when", (line) => check(line, target, facts));
  });
});
