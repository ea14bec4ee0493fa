/** Waits for conditions without fixed delays. */
import { setTimeout as sleep } from "node:timers/promises";

/** Delay between two checks at first. It grows with the time that has passed, so that long waits leave the processor to others. */
const MIN_DELAY_MS = 10;
const MAX_DELAY_MS = 100;

/** Repeats a check until it is true. @param what the error says; a function if that is only known in the end */
export async function eventually(
  what: string | (() => string),
  isSo: () => boolean | Promise<boolean>,
  seconds = 15,
): Promise<void> {
  const started = performance.now();
  while (!(await isSo())) {
    const elapsedMs = performance.now() - started;
    if (elapsedMs > seconds * 1000)
      throw new Error(`not within ${seconds} s: ${typeof what === "string" ? what : what()}`);
    await sleep(Math.min(MIN_DELAY_MS + elapsedMs / 20, MAX_DELAY_MS));
  }
}
