/** The commands as processes of their own: `npm run test:process`. They take longer than all others, so `npm test` leaves them out. */
import { availableParallelism } from "node:os";
import base from "./jest.config.js";

export default {
  ...base,
  maxWorkers: availableParallelism(),
  testMatch: ["<rootDir>/test/process/**/*.test.ts"],
  testTimeout: 120_000,
};
