/** Before all tests with real neighbours: the gateway is built, a PostgreSQL and a real Pulp are started. */
import { execFileSync } from "node:child_process";
import startDatabase from "../support/start.ts";
import { startRealPulp } from "./pulp-server.ts";

export default async function start(): Promise<void> {
  execFileSync(process.execPath, ["scripts/build.mjs", "--if-stale"], { stdio: "inherit" });
  const stopPulp = await startRealPulp();
  globalThis.stopRealPulp = stopPulp;
  await startDatabase().catch(async (error: unknown) => {
    await stopPulp(); // after a start that fails, nobody else does
    throw error;
  });
}

declare global {
  var stopRealPulp: (() => Promise<void>) | undefined;
}
