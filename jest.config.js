import { availableParallelism } from "node:os";

/** Unit and contract tests: an embedded PostgreSQL, everything on ports that the system picks. */
export default {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "es6" } },
    ],
  },
  testMatch: ["<rootDir>/test/{unit,contract}/**/*.test.ts"],
  globalSetup: "<rootDir>/test/support/start.ts",
  globalTeardown: "<rootDir>/test/support/stop.ts",
  runtime: "<rootDir>/test/support/runtime.cjs",
  // Packages that are being made have a package.json of the same name.
  modulePathIgnorePatterns: ["<rootDir>/build/"],
  testTimeout: 40_000,
  // Most tests wait for time to pass, or for others, and not for a processor.
  maxWorkers: Math.ceil(2.5 * availableParallelism()),
};
