/** The gateway as it is run, under load, against everything that may fail around it and in it; docs/reliability.md. */
import base from "./jest.config.js";

export default {
  ...base,
  maxWorkers: 1,
  testMatch: ["<rootDir>/test/faults/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "/test/faults/attacks\\.test\\.ts$"],
  testTimeout: 90_000,
  reporters: [
    "default",
    [
      "<rootDir>/test/faults/reliability.mjs",
      { parts: ["PostgreSQL", "Pulp", "Katello", "The gateway", "Bad peers"] },
    ],
  ],
};
