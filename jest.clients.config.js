/** Real clients, Katello's library and a real Pulp around the gateway as its own process; all have to be installed. */
import base from "./jest.pulp.config.js";

export default {
  ...base,
  maxWorkers: 1,
  testMatch: ["<rootDir>/test/clients/**/*.test.ts"],
  testTimeout: 120_000,
  reporters: ["default", "<rootDir>/test/clients/compatibility.mjs"],
};
