/** Global teardown, which also checks that no secret was logged or sent. */
import { rmSync } from "node:fs";
import { leaksIn } from "./secrets.ts";

export default async function stop(): Promise<void> {
  await globalThis.stopTestDatabase?.();
  const folder = process.env.TEST_FOLDER;
  if (folder === undefined) return;
  const leaks = await leaksIn(folder);
  // What a failed test has left running may still write.
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  if (leaks.length > 0) throw new Error(`a log or a reply holds a secret:\n${leaks.slice(0, 20).join("\n")}`);
}
