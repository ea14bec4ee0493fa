/**
 * The heap of a process that serves. Nearly all that a request leaves behind is garbage at once, so an old generation
 * that stays small is no slower, while one that may grow takes twice the memory.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** To be called before anything is loaded: a start makes more garbage than days of idling. */
export function limitHeapGrowth(): void {
  // The young generation does not grow to the 48 MB that it may have.
  setFlagsFromString("--semi-space-growth-factor=1");
  // The old one is looked through when it has grown by so much since the last time, and not when it has doubled.
  setFlagsFromString("--heap-growing-percent=30");
}

/**
 * To be called when the start is over: throws away what it left, for which memory would be kept otherwise. From then on
 * the young generation grows with the load, so that a request is over before it is looked at, and shrinks again after it.
 */
export function finishStartup(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  setFlagsFromString("--semi-space-growth-factor=2");
}
