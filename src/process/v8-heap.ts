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
/** Interval in which the size of the heap is read while bulk work runs. */
const READING_INTERVAL_MS = 1_000;
/** Factor by which the estimate of the live heap rises between two readings, unless the heap is smaller. */
const RISE_FACTOR = 1.1;

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

/** Percentage by which a heap may grow while bulk work runs. @param liveBytes size of its live objects */
export const bulkGrowthPercent = (liveBytes: number): number =>
  Math.round(Math.min(BULK_GROWTH_PERCENT, Math.max(GROWTH_PERCENT, (BULK_GROWTH_BYTES / liveBytes) * 100)));

/** Size of a heap with its garbage, in bytes. */
const usedBytes = (): number => getHeapStatistics().used_heap_size;

/** Bulk work of a process. While it runs the heap may grow further, by an amount that follows the size of the live heap. */
export class HeapGrowth {
  readonly #growBy: (percent: number) => void;
  readonly #usedBytes: () => number;
  #works = 0;
  #readings: NodeJS.Timeout | undefined;
  /** Estimate of the live heap: the heap is smallest after a collection. */
  #liveBytes = 0;

  /** @param set sets V8's growth in percent @param read size of the heap with its garbage; those of this process by default */
  constructor(set = growBy, read = usedBytes) {
    this.#growBy = set;
    this.#usedBytes = read;
  }

  /**
   * Begins bulk work: each read of a stream fills a buffer of its own, which V8 counts in the growth of the old generation, and a
   * large sync allocates at the speed of its parser. Collecting after 30 % would take half of the processor time of many streams, and
   * a quarter of a sync's.
   * @returns a function that ends the work, and may be called several times
   */
  readonly allow = (): (() => void) => {
    this.#works += 1;
    if (this.#works === 1) this.#begin();
    let runs = true;
    return () => {
      if (!runs) return;
      runs = false;
      this.#works -= 1;
      if (this.#works === 0) this.#end();
    };
  };

  #begin(): void {
    this.#liveBytes = this.#usedBytes();
    this.#growBy(bulkGrowthPercent(this.#liveBytes));
    this.#readings = setInterval(() => {
      this.#liveBytes = Math.min(this.#usedBytes(), this.#liveBytes * RISE_FACTOR);
      this.#growBy(bulkGrowthPercent(this.#liveBytes));
    }, READING_INTERVAL_MS).unref();
  }

  #end(): void {
    clearInterval(this.#readings);
    this.#growBy(GROWTH_PERCENT);
  }
}
