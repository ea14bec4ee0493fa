/** The folder of a test run, with its certificates. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The folder of this test run. */
export const testFolder = (): string => process.env.TEST_FOLDER ?? "";

/** The PEM text of a certificate or key of this test run, such as `foreman.key`. */
export const pem = (name: string): string => readFileSync(join(testFolder(), name), "utf8");
