/** Global teardown of tests with real upstreams. */
import stopDatabase from "../support/stop.ts";

export default async function stop(): Promise<void> {
  await globalThis.stopRealPulp?.();
  await stopDatabase();
}
