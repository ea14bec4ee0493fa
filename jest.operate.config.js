/** The gateway in operation: scraped by a real Prometheus, reloaded under load. `npm run test:operate`. */
import base from "./jest.config.js";

export default {
  ...base,
  maxWorkers: 1,
  testMatch: ["<rootDir>/test/operate/**/*.test.ts"],
  testTimeout: 90_000,
};
