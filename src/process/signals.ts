/** The signals that tell a process to stop. */

/** Milliseconds in which a signal may come twice for one cause: npm passes on what a terminal has sent to both. */
const REPEAT_WINDOW_MS = 1_000;

/** Runs `stop` at the first `signal`. One that comes more than a second later ends the process at once. */
export function onStopSignal(signal: NodeJS.Signals, stop: () => void): void {
  let begun = false;
  const hear = () => {
    if (begun) return;
    begun = true;
    setTimeout(() => process.off(signal, hear), REPEAT_WINDOW_MS).unref();
    stop();
  };
  process.on(signal, hear);
}
