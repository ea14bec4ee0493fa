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
 * @param streams true if blobs pass through the gateway: each read of a stream fills a buffer of its own, and V8 counts them in the
 * growth of the old generation. Collecting after 30 % would take half of the processor time of many streams.
 */
export function finishStartup({ streams }: { readonly streams: boolean }): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  setFlagsFromString("--semi-space-growth-factor=2");
  if (streams) setFlagsFromString("--heap-growing-percent=150");
}
