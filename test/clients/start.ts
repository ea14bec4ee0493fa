/** Before all tests with real clients: the gateway is built, and what every test has is started. */
import { execFileSync } from "node:child_process";
import start from "../support/start.ts";

export default async function startForClients(): Promise<void> {
  execFileSync(process.execPath, ["scripts/build.mjs", "--if-stale"], { stdio: "inherit" });
  await start();
}
