/** Metrics of one worker in Prometheus' data model. Counters are kept where things happen; gauges are read at each scrape. */
import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { Decision } from "../model/audit-events.ts";
import { VERSION } from "../model/version.ts";
import { memoize } from "../resilience/memoize.ts";
import { TimedCounts, type Totals } from "./timed-counts.ts";

/** Prefix of all metrics but those of the process and of Node.js, which have Prometheus' usual names. */
const PREFIX = "container_gateway_";

/** Gauges of prom-client with names of counters, which the same gauges without `_total` repeat by type. */
const MISNAMED = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
];

/** A value of a gauge with its labels. */
export interface Sample {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A gauge or counter that is read at each scrape. */
export interface Reading {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  /** Function that makes one value of those of several workers; `sum` by default. */
  readonly aggregator?: "sum" | "min" | "max" | "first";
  /** True for a count that only grows. */
  readonly isCounter?: boolean;
  readonly read: () => readonly Sample[];
}

/** Counts requests. */
export interface RequestMetrics {
  /** Called when a reply has been sent. */
  completed(operation: string, status: number, caller: string, seconds: number): void;
  /** Called when a limit refuses a request. @param limit name of its setting */
  refused(limit: string): void;
}

/** Label of an upstream: `katello`, `pulp`, `object_storage`. */
export const upstreamLabel = (name: string): string =>
  name.replace(/^The /, "").replaceAll(" ", "_").toLowerCase();

/** Upstreams whose labels are remembered. */
const MAX_UPSTREAMS = 10;

const labelOf = memoize(upstreamLabel, MAX_UPSTREAMS);

/** Registers a metric whose values are read at each scrape. */
function register(registry: Registry, reading: Reading): void {
  const { name, help, labels = [], aggregator = "sum", isCounter = false, read } = reading;
  const options = { name: PREFIX + name, help, labelNames: [...labels], aggregator, registers: [registry] };
  if (isCounter) {
    const counter: Counter = new Counter({
      ...options,
      collect: () => {
        counter.reset();
        for (const { labels: own = {}, value } of read()) counter.inc({ ...own }, value);
      },
    });
    return;
  }
  const gauge: Gauge = new Gauge({
    ...options,
    collect: () => {
      gauge.reset();
      for (const { labels: own = {}, value } of read()) gauge.set({ ...own }, value);
    },
  });
}

/** Counts since the start, for those who compare them with earlier ones. */
export interface Activity extends Totals {
  /** Requests that a limit refused. */
  readonly limited: number;
  readonly refusedLogins: number;
}

const isServerError = (result: string): boolean => result.startsWith("5");

/** Metrics of one worker. */
export class Metrics implements RequestMetrics {
  readonly #registry = new Registry();
  readonly #requests = new TimedCounts({
    subject: "operation",
    requests: {
      name: `${PREFIX}requests_total`,
      help: "Requests by operation, status of the reply and kind of caller.",
    },
    resultLabels: ["status", "caller"],
    durations: {
      name: `${PREFIX}request_duration_seconds`,
      help: "Time from a request's head to the end of the reply.",
    },
  });
  readonly #upstreamRequests = new TimedCounts({
    subject: "upstream",
    requests: {
      name: `${PREFIX}upstream_requests_total`,
      help: "Requests to upstreams by result: a status, timeout, cancelled or error.",
    },
    resultLabels: ["result"],
    durations: {
      name: `${PREFIX}upstream_request_duration_seconds`,
      help: "Time until the reply of an upstream begins.",
    },
  });
  readonly #refusals: Counter;
  readonly #logins: Counter;
  readonly #administration: Counter;
  #limited = 0;
  #refusedLogins = 0;

  constructor() {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name);
    this.#refusals = new Counter({
      name: `${PREFIX}limit_refusals_total`,
      help: "Requests that a limit refused, by the setting of the limit.",
      labelNames: ["limit"],
      registers,
    });
    this.#logins = new Counter({
      name: `${PREFIX}logins_total`,
      help: "Logins by result: allowed, refused, or failed if nobody could decide.",
      labelNames: ["result"],
      registers,
    });
    this.#administration = new Counter({
      name: `${PREFIX}administration_calls_total`,
      help: "Syncs and actions of operators, by result: allowed, refused or failed.",
      labelNames: ["result"],
      registers,
    });
    for (const result of ["allowed", "refused", "failed"]) {
      this.#logins.inc({ result }, 0);
      this.#administration.inc({ result }, 0);
    }
    this.add({
      name: "build_info",
      help: "Version of the gateway and of Node.js.",
      labels: ["version", "node"],
      aggregator: "first",
      read: () => [{ value: 1, labels: { version: VERSION, node: process.version } }],
    });
  }

  /** Adds a metric that is read at each scrape. */
  add(reading: Reading): void {
    register(this.#registry, reading);
  }

  completed(operation: string, status: number, caller: string, seconds: number): void {
    this.#requests.add(operation, `${status} ${caller}`, seconds);
  }

  refused(limit: string): void {
    this.#limited += 1;
    this.#refusals.inc({ limit });
  }

  /** Called for each request to an upstream when its reply begins, or when it fails. */
  readonly upstreamReplied = (upstream: string, result: string, seconds: number): void => {
    this.#upstreamRequests.add(labelOf(upstream), result, seconds);
  };

  /** Counts a decision of the audit log. */
  decided({ event, decision }: Pick<Decision, "event" | "decision">): void {
    if (event === "login") this.#logins.inc({ result: decision });
    if (event === "login" && decision === "refused") this.#refusedLogins += 1;
    if (event === "administration") this.#administration.inc({ result: decision });
  }

  /** Counts of some operations, of limits and of logins. */
  activity(operations: ReadonlySet<string>): Activity {
    const totals = this.#requests.totals(operations, isServerError);
    return { ...totals, limited: this.#limited, refusedLogins: this.#refusedLogins };
  }

  /** Returns the metrics of this worker, to be sent to another one. */
  async json(): Promise<object[]> {
    const counted = [...this.#requests.json(), ...this.#upstreamRequests.json()];
    return [...counted, ...(await this.#registry.getMetricsAsJSON())];
  }
}

/**
 * Text of the metrics of all workers, and of those that are the same for all.
 * @param workers the metrics of each worker, as {@link Metrics.json} returns them
 */
export async function metricsText(
  workers: readonly (readonly object[])[],
  shared: readonly Reading[],
): Promise<string> {
  const registry = new Registry();
  for (const reading of shared) register(registry, reading);
  const all = AggregatorRegistry.aggregate(workers.map((metrics) => [...metrics]));
  return `${await all.metrics()}\n${await registry.metrics()}`;
}
