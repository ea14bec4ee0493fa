/** Global teardown. */
import { rmSync } from "node:fs";
import stopDatabase from "../support/stop.ts";

export default async function stop(): Promise<void> {
  await stopDatabase();
  const folder = process.env.PACKAGES_FOLDER;
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}
