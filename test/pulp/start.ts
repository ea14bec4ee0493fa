/** Before all tests with real neighbours: the gateway is built, a PostgreSQL and a real Pulp are started. */
import { execFileSync } from "node:child_process";
import startDatabase from "../support/start.ts";
import { startRealPulp } from "./pulp-server.ts";

export default async function start(): Promise<void> {
  execFileSync(process.execPath, ["scripts/build.mjs", "--if-stale"], { stdio: "inherit" });
  await startDatabase();
  globalThis.stopRealPulp = await startRealPulp();
}

declare global {
  var stopRealPulp: (() => Promise<void>) | undefined;
}
