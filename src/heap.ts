/**
 * The heap of a process at its start, which makes more garbage than days of idling: without this the memory for it is
 * kept for good.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** To be called before anything is loaded: the young generation stays small. */
export function beginSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}

/** To be called when the start is over: throws away what it left, and lets the young generation grow under load. */
export function endStart(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  setFlagsFromString("--semi-space-growth-factor=2");
}
