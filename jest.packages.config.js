/** The packages, installed in a Debian and in an empty root, and the image. As root on Debian 12. */
import base from "./jest.config.js";

export default {
  ...base,
  maxWorkers: 1,
  testMatch: ["<rootDir>/test/packages/**/*.test.ts"],
  globalSetup: "<rootDir>/test/packages/start.ts",
  globalTeardown: "<rootDir>/test/packages/stop.ts",
  testTimeout: 180_000,
};
