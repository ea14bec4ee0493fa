/** Callers who take all that they can, and what all others see of it. To be run on a machine that does nothing else. */
import base from "./jest.config.js";

export default {
  ...base,
  maxWorkers: 1,
  testMatch: ["<rootDir>/test/faults/attacks.test.ts"],
  testTimeout: 90_000,
};
