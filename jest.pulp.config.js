/** The contract with Pulp against a real one; see test/pulp/up.sh. */
import base from "./jest.config.js";

const { globalSetup: _setup, globalTeardown: _teardown, ...rest } = base;

export default { ...rest, testMatch: ["<rootDir>/test/pulp/**/*.test.ts"] };
