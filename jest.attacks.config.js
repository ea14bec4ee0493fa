/** Callers who take all that they can, and what everybody else sees. Needs an idle machine. */
import base from "./jest.config.js";

export default {
  ...base,
  maxWorkers: 1,
  testMatch: ["<rootDir>/test/faults/attacks.test.ts"],
  testTimeout: 90_000,
  reporters: ["default", ["<rootDir>/test/faults/reliability.mjs", { parts: ["Abusive callers"] }]],
};
