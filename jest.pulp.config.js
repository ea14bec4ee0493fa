/** With a real Pulp: the one that PULP_URL names, or one that is started by test/pulp/up.sh and goes with the run. */
import base from "./jest.config.js";

export default {
  ...base,
  maxWorkers: 1,
  testMatch: ["<rootDir>/test/pulp/**/*.test.ts"],
  globalSetup: "<rootDir>/test/pulp/start.ts",
  globalTeardown: "<rootDir>/test/pulp/stop.ts",
  testTimeout: 60_000,
};
