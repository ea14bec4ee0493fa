/** Waits for conditions without fixed delays. */
import { setTimeout as sleep } from "node:timers/promises";

/** Repeats a check until it is true. */
export async function eventually(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  seconds = 15,
): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(10);
  }
}
