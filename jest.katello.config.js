/** With Katello's own registry controller, which KATELLO_URL, KATELLO_CONTROL and KATELLO_CERTS name. */
import base from "./jest.config.js";

export default {
  ...base,
  maxWorkers: 1,
  testMatch: ["<rootDir>/test/katello/**/*.test.ts"],
  testTimeout: 60_000,
};
