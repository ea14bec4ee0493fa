/** After all tests with real neighbours: nothing stays. */
import stopDatabase from "../support/stop.ts";

export default async function stop(): Promise<void> {
  await globalThis.stopRealPulp?.();
  await stopDatabase();
}
