/**
 * Counts of requests and their durations. They are counted at each request, so they are plain numbers, and become metrics in the
 * form of prom-client at a scrape only.
 */

/** Upper bounds of the buckets of durations: replies from memory take less than a millisecond, those of Katello seconds. */
export const DURATION_BUCKETS_S = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
] as const;

/** Counts of one operation. */
interface OperationCounts {
  /** Requests by status and kind of caller, separated by a space. */
  readonly replies: Map<string, number>;
  /** Requests in each bucket, and above the last one. */
  readonly buckets: Float64Array;
  seconds: number;
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
export class RequestCounts {
  readonly #operations = new Map<string, OperationCounts>();

  /** @param caller kind of the caller */
  add(operation: string, status: number, caller: string, seconds: number): void {
    let counts = this.#operations.get(operation);
    if (counts === undefined) {
      counts = { replies: new Map(), buckets: new Float64Array(DURATION_BUCKETS_S.length + 1), seconds: 0 };
      this.#operations.set(operation, counts);
    }
    const reply = `${status} ${caller}`;
    counts.replies.set(reply, (counts.replies.get(reply) ?? 0) + 1);
    const bucket = bucketOf(seconds);
    counts.buckets[bucket] = (counts.buckets[bucket] ?? 0) + 1;
    counts.seconds += seconds;
  }

  /** @param names names of the metrics of requests and of durations */
  json(names: { readonly requests: string; readonly durations: string }): object[] {
    return [
      {
        name: names.requests,
        help: "Requests by operation, status of the reply and kind of caller.",
        type: "counter",
        aggregator: "sum",
        values: [...this.#operations].flatMap(([operation, { replies }]) =>
          [...replies].map(([reply, value]) => {
            const [status = "", caller = ""] = reply.split(" ");
            return { labels: { operation, status, caller }, value };
          }),
        ),
      },
      {
        name: names.durations,
        help: "Time from a request's head to the end of the reply.",
        type: "histogram",
        aggregator: "sum",
        values: [...this.#operations].flatMap(([operation, counts]) =>
          histogramValues(names.durations, operation, counts),
        ),
      },
    ];
  }
}

/** Cumulative buckets, sum and count, as prom-client has them. */
function histogramValues(name: string, operation: string, { buckets, seconds }: OperationCounts): object[] {
  let total = 0;
  const values = [...buckets].map((count, index) => {
    total += count;
    const le = String(DURATION_BUCKETS_S[index] ?? "+Inf");
    return { labels: { le, operation }, value: total, metricName: `${name}_bucket` };
  });
  return [
    ...values,
    { labels: { operation }, value: seconds, metricName: `${name}_sum` },
    { labels: { operation }, value: total, metricName: `${name}_count` },
  ];
}
