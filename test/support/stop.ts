/** After all tests: nothing stays. */
import { rmSync } from "node:fs";

export default async function stop(): Promise<void> {
  await globalThis.stopTestDatabase?.();
  if (process.env.TEST_FOLDER !== undefined)
    rmSync(process.env.TEST_FOLDER, { recursive: true, force: true });
}
