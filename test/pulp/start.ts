/** Global setup of tests with real upstreams: builds the gateway, starts a PostgreSQL and a real Pulp. */
import { execFileSync } from "node:child_process";
import startDatabase from "../support/start.ts";
import { startRealPulp } from "./pulp-server.ts";

export default async function start(): Promise<void> {
  execFileSync(process.execPath, ["scripts/build.mjs", "--if-stale"], { stdio: "inherit" });
  const stopPulp = await startRealPulp();
  globalThis.stopRealPulp = stopPulp;
  await startDatabase().catch(async (error: unknown) => {
    await stopPulp(); // jest runs no teardown after a failed setup
    throw error;
  });
}

declare global {
  var stopRealPulp: (() => Promise<void>) | undefined;
}
