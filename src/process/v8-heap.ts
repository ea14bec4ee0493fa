/**
 * V8 heap settings of a serving process. Nearly all objects of a request are garbage when it ends, so a small old
 * generation is as fast as one that V8 lets grow to twice the size.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Limits the growth of the heap. Called before other modules are loaded, which creates much garbage. */
export function limitHeapGrowth(): void {
  // Keeps the young generation from growing to its maximum of 48 MB.
  setFlagsFromString("--semi-space-growth-factor=1");
  // Collects the old generation after it has grown by 30 %, and not only after it has doubled.
  setFlagsFromString("--heap-growing-percent=30");
}

/**
 * Collects the garbage of the startup, whose memory would stay allocated otherwise. From then on the young generation may
 * grow with the load, so that requests end before a collection copies their objects, and shrinks again afterwards.
 */
export function finishStartup(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  setFlagsFromString("--semi-space-growth-factor=2");
}
