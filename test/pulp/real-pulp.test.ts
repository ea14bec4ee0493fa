/** The contract with Pulp, against a real one. */
import { beforeAll, describe, test } from "@jest/globals";
import { check } from "./check.ts";
import { type Facts, gatherFacts } from "./facts.ts";
import { contract } from "./lines.ts";
import { realPulp } from "./target.ts";

const target = await realPulp();

describe(`a real Pulp with pulp_container ${target.version}`, () => {
  let facts: Facts;
  beforeAll(async () => {
    facts = await gatherFacts(target);
  });

  describe.each(Object.entries(contract))("%s", (_, lines) => {
    const held = lines.filter(({ only = target.generation }) => only === target.generation);
    test.each(held)("$when", (line) => check(line, target, facts));
  });
});
