/** The gateway before requests that are made up from its contract. Two callers at a time. */
import base from "./jest.config.js";

export default { ...base, maxWorkers: 1, maxConcurrency: 2, testMatch: ["<rootDir>/test/fuzz/**/*.test.ts"] };
