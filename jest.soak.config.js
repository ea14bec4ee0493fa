/** The gateway in use for a long time: 10 minutes, or SOAK_MINUTES; docs/reliability.md. Needs an idle machine. */
import base from "./jest.config.js";

export default {
  ...base,
  maxWorkers: 1,
  testMatch: ["<rootDir>/test/soak/**/*.test.ts"],
  reporters: ["default", ["<rootDir>/test/faults/reliability.mjs", { parts: ["Long use"] }]],
};
