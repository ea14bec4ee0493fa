/**
 * V8 heap settings of a serving process. Nearly all objects of a request are garbage when it ends, so a small old
 * generation is as fast as one that V8 lets grow to twice the size.
 */
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Growth of the old generation after which V8 collects it; by default it may double. */
const GROWTH_PERCENT = 30;
/** The same while bulk work runs, in a small heap. */
const BULK_GROWTH_PERCENT = 150;
/** Growth that bulk work is allowed in a large heap, such as one with full caches. */
const BULK_GROWTH_BYTES = 96 * 1024 ** 2;

/** Sets the growth from the next collection on. */
const growBy = (percent: number): void => setFlagsFromString(`--heap-growing-percent=${percent}`);

/** Limits the growth of the heap. Called before other modules are loaded, which creates much garbage. */
export function limitHeapGrowth(): void {
  // Keeps the young generation from growing to its maximum of 48 MB.
  setFlagsFromString("--semi-space-growth-factor=1");
  growBy(GROWTH_PERCENT);
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

/** Percentage by which a heap may grow while bulk work runs. @param usedBytes size of its objects */
export const bulkGrowthPercent = (usedBytes: number): number =>
  Math.round(Math.min(BULK_GROWTH_PERCENT, Math.max(GROWTH_PERCENT, (BULK_GROWTH_BYTES / usedBytes) * 100)));

let bulkWorks = 0;

/**
 * Lets the old generation grow further while bulk work runs: each read of a stream fills a buffer of its own, which V8 counts in
 * that growth, and a large sync allocates at the speed of its parser. Collecting after 30 % would take half of the processor time of
 * many streams, and a quarter of a sync's.
 * @returns a function that ends the work, and may be called several times
 */
export function allowHeapGrowth(): () => void {
  bulkWorks += 1;
  if (bulkWorks === 1) growBy(bulkGrowthPercent(getHeapStatistics().used_heap_size));
  let runs = true;
  return () => {
    if (!runs) return;
    runs = false;
    bulkWorks -= 1;
    if (bulkWorks === 0) growBy(GROWTH_PERCENT);
  };
}
