/** Waiting for what is bound to happen, with no guess of how long it takes. */
import { setTimeout as sleep } from "node:timers/promises";

/** Asks again and again until the answer is true. */
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
