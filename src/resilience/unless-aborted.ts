/** Waiting that a signal ends. */

/**
 * What comes of work, unless a signal is aborted before. Nothing of it is kept afterwards: a race against one promise that
 * lives for long would be kept by it until that ends.
 * @throws the signal's reason, after which nobody looks at the end of the work; what the work throws
 */
export async function unlessAborted<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    const hear = () => reject(signal.reason);
    signal.addEventListener("abort", hear, { once: true });
    stop = () => signal.removeEventListener("abort", hear);
    if (signal.aborted) hear();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    stop();
  }
}
