/** Requests of the last hour: each worker samples the counts of its metrics, and whichever is asked adds the samples up. */
import type { components } from "../generated/openapi.ts";
import { OPERATIONS } from "../generated/operations.ts";
import type { Activity, Metrics } from "../metrics/metrics.ts";
import { DURATION_BUCKETS_S } from "../metrics/timed-counts.ts";

/** Samples in the form of the contract. */
export type History = components["schemas"]["History"];

/** Time between two samples. */
const INTERVAL_S = 15;
const MAX_SAMPLES = (60 * 60) / INTERVAL_S;

/** Counts of one interval. */
export interface ActivitySample extends Activity {
  /** Number of the interval since the epoch. */
  readonly slot: number;
}

/** Samples of a worker, and those of the workers that it has replaced. */
export interface WorkerActivity {
  readonly pid: number;
  readonly own: readonly ActivitySample[];
  readonly before: readonly ActivitySample[];
}

/** The workers, which are asked for their samples. */
interface SampledWorkers {
  ask(topic: "activity", request: undefined): Promise<readonly WorkerActivity[]>;
}

/** Operations that are counted: operators and probes are not what the gateway is for. */
const COUNTED: ReadonlySet<string> = new Set(
  OPERATIONS.filter(({ tag }) => tag !== "admin" && tag !== "operation").map(({ id }) => id),
);

const NOTHING: Activity = { requests: 0, errors: 0, limited: 0, refusedLogins: 0, buckets: [] };

/** Combines two activities number by number. */
const combined = (one: Activity, other: Activity, sign: 1 | -1): Activity => ({
  requests: one.requests + sign * other.requests,
  errors: one.errors + sign * other.errors,
  limited: one.limited + sign * other.limited,
  refusedLogins: one.refusedLogins + sign * other.refusedLogins,
  buckets: Array.from(
    { length: DURATION_BUCKETS_S.length + 1 },
    (_, index) => (one.buckets[index] ?? 0) + sign * (other.buckets[index] ?? 0),
  ),
});

/** Adds samples of the same interval up. @returns them in their order */
function addedUp(samples: readonly ActivitySample[]): ActivitySample[] {
  const bySlot = new Map<number, ActivitySample>();
  for (const sample of samples) {
    const { slot } = sample;
    bySlot.set(slot, { slot, ...combined(bySlot.get(slot) ?? NOTHING, sample, 1) });
  }
  return [...bySlot.values()].sort((one, other) => one.slot - other.slot);
}

/** Estimates the duration below which a part of the requests are, by the buckets. */
function quantile(buckets: readonly number[], part: number): number {
  const wanted = part * buckets.reduce((sum, count) => sum + count, 0);
  let passed = 0;
  let index = 0;
  for (const count of buckets) {
    const from = DURATION_BUCKETS_S[index - 1] ?? 0;
    const to = DURATION_BUCKETS_S[index] ?? from;
    if (passed + count >= wanted && count > 0) return from + ((to - from) * (wanted - passed)) / count;
    passed += count;
    index += 1;
  }
  return 0;
}

const inMilliseconds = (seconds: number): number => Math.round(seconds * 1e5) / 100;

function shown({ slot, requests, errors, limited, refusedLogins, buckets }: ActivitySample) {
  const durations =
    requests === 0
      ? {}
      : {
          median_ms: inMilliseconds(quantile(buckets, 0.5)),
          p95_ms: inMilliseconds(quantile(buckets, 0.95)),
        };
  const at = new Date((slot + 1) * INTERVAL_S * 1000).toISOString();
  return { at, requests, errors, limited, refused_logins: refusedLogins, ...durations };
}

const slotNow = (): number => Math.floor(Date.now() / (INTERVAL_S * 1000));

/** Samples the counts of this worker by a timer. */
export class ActivitySampler {
  readonly #metrics: Pick<Metrics, "activity">;
  readonly #workers: SampledWorkers;
  readonly #own: ActivitySample[] = [];
  #before: readonly ActivitySample[] = [];
  #last: Activity;
  #timer: NodeJS.Timeout | undefined;

  constructor(metrics: Pick<Metrics, "activity">, workers: SampledWorkers) {
    this.#metrics = metrics;
    this.#workers = workers;
    this.#last = metrics.activity(COUNTED);
    this.#sampleAtEnd(slotNow());
  }

  /** Answers for this worker, with what has been counted until now. */
  readonly answer = async (): Promise<WorkerActivity> => {
    const current = combined(this.#metrics.activity(COUNTED), this.#last, -1);
    return { pid: process.pid, own: [...this.#own, { slot: slotNow(), ...current }], before: this.#before };
  };

  /** Takes over the samples of the workers that a reload replaces by this one, which is not among them yet. */
  async inherit(): Promise<void> {
    const old = await this.#workers.ask("activity", undefined);
    if (old.some(({ pid }) => pid === process.pid)) return;
    this.#before = addedUp(old.flatMap(({ own, before }) => [...own, ...before])).slice(-MAX_SAMPLES);
  }

  /** Samples of all workers. @param count maximum number, the newest ones */
  async history(count = MAX_SAMPLES): Promise<History> {
    const answers = await this.#workers.ask("activity", undefined);
    // All workers of a reload have taken over the same samples.
    const [before = []] = answers
      .map((answer) => answer.before)
      .sort((one, other) => other.length - one.length);
    const all = addedUp([...answers.flatMap(({ own }) => own), ...before]);
    const first = slotNow() - count;
    return {
      interval_seconds: INTERVAL_S,
      samples: all.filter(({ slot }) => slot > first).map(shown),
    };
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  /** Samples at the end of an interval, and of each one after it. All workers have the same intervals. */
  #sampleAtEnd(slot: number): void {
    const leftMs = (slot + 1) * INTERVAL_S * 1000 - Date.now();
    this.#timer = setTimeout(
      () => {
        this.#sample(slot);
        this.#sampleAtEnd(Math.max(slot + 1, slotNow()));
      },
      Math.max(0, leftMs),
    ).unref();
  }

  #sample(slot: number): void {
    const now = this.#metrics.activity(COUNTED);
    this.#own.push({ slot, ...combined(now, this.#last, -1) });
    if (this.#own.length > MAX_SAMPLES) this.#own.shift();
    this.#last = now;
  }
}
