/** Probes of upstreams for operators and load balancers. */

/** Minimum interval between two probes of an upstream, however often somebody asks. */
const PROBE_INTERVAL_MS = 5_000;

/** An upstream that can be probed. */
export interface Reachable {
  reachable(): Promise<boolean>;
}

/** Probes an upstream at most once per interval, and repeats the result meanwhile. */
export class Probe implements Reachable {
  readonly #upstream: Reachable;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #result: Promise<boolean> = Promise.resolve(false);

  constructor(upstream: Reachable) {
    this.#upstream = upstream;
  }

  reachable(): Promise<boolean> {
    if (performance.now() - this.#checkedAt > PROBE_INTERVAL_MS) {
      this.#checkedAt = performance.now();
      this.#result = this.#upstream.reachable();
    }
    return this.#result;
  }
}
