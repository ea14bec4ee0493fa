/** Cancellable waiting for a slot of a fair semaphore. */
import type { Waiter } from "./fair-semaphore.ts";

/**
 * Waits for a slot until it is acquired or the wait is cancelled; then the waiter leaves the queue.
 * @param onCancel registers a function that cancels the wait with a reason, and returns a function that unregisters it
 * @returns the key to which the slot must be released
 * @throws the reason of the cancellation
 */
export async function acquireUnless(
  waiter: Waiter,
  onCancel: (cancel: (reason: Error) => void) => () => void,
): Promise<string> {
  let unregister = (): void => undefined;
  const ended = new Promise<never>((_, reject) => {
    unregister = onCancel(reject);
  });
  try {
    return await Promise.race([waiter.acquired, ended]);
  } catch (reason) {
    waiter.cancel();
    throw reason;
  } finally {
    unregister();
  }
}
