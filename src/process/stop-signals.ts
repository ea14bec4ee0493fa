/** Signals that stop a process. */

/** Time in which a repeated signal is ignored: npm forwards a signal that the terminal has sent to both processes. */
const REPEAT_WINDOW_MS = 1_000;

/** Runs `stop` at the first `signal`. A repetition more than a second later ends the process at once. */
export function onStopSignal(signal: NodeJS.Signals, stop: () => void): void {
  let isStopping = false;
  const listener = () => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => process.off(signal, listener), REPEAT_WINDOW_MS).unref();
    stop();
  };
  process.on(signal, listener);
}
