/** Waiting that an abort signal interrupts. */

/**
 * Resolves to the result of `work`, unless the signal is aborted first. Removes its listener afterwards: racing against one
 * long-lived promise would leak a reaction per call.
 * @throws the reason of the signal, after which the result of `work` is ignored; the error of `work`
 */
export async function unlessAborted<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    stop = () => signal.removeEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    stop();
  }
}
