/** Real clients against the gateway as its own process; every one of them has to be installed. */
import base from "./jest.config.js";

export default {
  ...base,
  testMatch: ["<rootDir>/test/clients/**/*.test.ts"],
  globalSetup: "<rootDir>/test/clients/start.ts",
  testTimeout: 120_000,
};
