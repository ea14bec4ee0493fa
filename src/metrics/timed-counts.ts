/**
 * Counts of requests by result, and their durations. They are counted at each request, so they are plain numbers, and become
 * metrics in the form of prom-client at a scrape only.
 */

/** Upper bounds of the buckets of durations: replies from memory take less than a millisecond, those of Katello seconds. */
export const DURATION_BUCKETS_S = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
] as const;

/** Names, texts and labels of the two metrics. */
export interface TimedCountsOptions {
  /** Label of both metrics, such as the operation. */
  readonly subject: string;
  readonly requests: { readonly name: string; readonly help: string };
  /** Further labels of the first metric. Their values contain no space. */
  readonly resultLabels: readonly string[];
  readonly durations: { readonly name: string; readonly help: string };
}

/** Counts of one subject. */
interface SubjectCounts {
  /** Requests by the values of the result labels, separated by spaces. */
  readonly results: Map<string, number>;
  /** Requests in each bucket, and above the last one. */
  readonly buckets: Float64Array;
  seconds: number;
}

/** Requests of several subjects together. */
export interface Totals {
  readonly requests: number;
  readonly errors: number;
  /** Requests in each bucket of durations, and above the last one. */
  readonly buckets: readonly number[];
}

/** Index of the first bucket that holds a duration. */
function bucketOf(seconds: number): number {
  let index = 0;
  for (const bound of DURATION_BUCKETS_S) {
    if (seconds <= bound) return index;
    index += 1;
  }
  return index;
}

/** Counts the requests of one worker. */
export class TimedCounts {
  readonly #options: TimedCountsOptions;
  readonly #subjects = new Map<string, SubjectCounts>();

  constructor(options: TimedCountsOptions) {
    this.#options = options;
  }

  /** @param result values of the result labels, separated by spaces */
  add(subject: string, result: string, seconds: number): void {
    let counts = this.#subjects.get(subject);
    if (counts === undefined) {
      counts = { results: new Map(), buckets: new Float64Array(DURATION_BUCKETS_S.length + 1), seconds: 0 };
      this.#subjects.set(subject, counts);
    }
    counts.results.set(result, (counts.results.get(result) ?? 0) + 1);
    const bucket = bucketOf(seconds);
    counts.buckets[bucket] = (counts.buckets[bucket] ?? 0) + 1;
    counts.seconds += seconds;
  }

  /** Adds up the requests of some subjects. @param isFailure tells by the result if a request has failed */
  totals(subjects: ReadonlySet<string>, isFailure: (result: string) => boolean): Totals {
    const buckets = new Array<number>(DURATION_BUCKETS_S.length + 1).fill(0);
    let requests = 0;
    let errors = 0;
    for (const [subject, counts] of this.#subjects) {
      if (!subjects.has(subject)) continue;
      for (const [result, count] of counts.results) {
        requests += count;
        if (isFailure(result)) errors += count;
      }
      for (const [index, count] of counts.buckets.entries()) buckets[index] = (buckets[index] ?? 0) + count;
    }
    return { requests, errors, buckets };
  }

  json(): object[] {
    const { requests, durations } = this.#options;
    return [
      {
        ...requests,
        type: "counter",
        aggregator: "sum",
        values: [...this.#subjects].flatMap(([subject, { results }]) =>
          [...results].map(([result, value]) => ({ labels: this.#labels(subject, result), value })),
        ),
      },
      {
        ...durations,
        type: "histogram",
        aggregator: "sum",
        values: [...this.#subjects].flatMap(([subject, counts]) =>
          histogramValues(durations.name, { [this.#options.subject]: subject }, counts),
        ),
      },
    ];
  }

  #labels(subject: string, result: string): Record<string, string> {
    const values = result.split(" ");
    const labels = this.#options.resultLabels.map((name, index) => [name, values[index] ?? ""]);
    return { [this.#options.subject]: subject, ...Object.fromEntries(labels) };
  }
}

/** Cumulative buckets, sum and count, as prom-client has them. */
function histogramValues(
  name: string,
  labels: Readonly<Record<string, string>>,
  { buckets, seconds }: SubjectCounts,
): object[] {
  let total = 0;
  const values = [...buckets].map((count, index) => {
    total += count;
    const le = String(DURATION_BUCKETS_S[index] ?? "+Inf");
    return { labels: { le, ...labels }, value: total, metricName: `${name}_bucket` };
  });
  return [
    ...values,
    { labels, value: seconds, metricName: `${name}_sum` },
    { labels, value: total, metricName: `${name}_count` },
  ];
}
