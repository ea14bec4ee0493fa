/** Bytes on connections: `npm run test:wire`. They take the processor for long, so `npm test` leaves them out. */
import base from "./jest.config.js";

export default { ...base, testMatch: ["<rootDir>/test/wire/**/*.test.ts"] };
