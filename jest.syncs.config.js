/** The tests of syncs against faults, for as many rounds as it takes to believe them. */
import base from "./jest.config.js";

process.env.LONG_TESTS = "1";

export default { ...base, maxWorkers: 1, testMatch: ["<rootDir>/test/process/sync-faults.test.ts"] };
