/** Metrics that are read at each scrape: of one worker, and those that are the same for all workers. */
import type { AuditLogHealth } from "../logs/audit.ts";
import type { Reading, Sample } from "../metrics/metrics.ts";
import { upstreamLabel } from "../metrics/metrics.ts";
import { isFailed } from "../model/syncs.ts";
import { type CertificateSettings, certificateStates } from "./certificates.ts";
import type { StatusOptions, System } from "./status.ts";

/** Parts of a worker with statistics. */
export interface WorkerParts {
  readonly caches: ReadonlyMap<
    string,
    readonly {
      readonly statistics: Record<"hits" | "misses" | "bytes" | "entries", number>;
    }[]
  >;
  /** Pools of connections to PostgreSQL. */
  readonly pools: Readonly<
    Record<string, { readonly statistics: Record<"open" | "idle" | "waiting", number> | undefined }>
  >;
  readonly systems: readonly System[];
  readonly databaseBreaker: { readonly open: boolean };
  readonly feed: StatusOptions["feed"];
  readonly inFlight: () => number;
  readonly auditLog: AuditLogHealth;
}

const flag = (is: boolean): number => (is ? 1 : 0);

type Statistic = "hits" | "misses" | "bytes" | "entries";

/** Returns the metrics of one worker. */
export function workerReadings(parts: WorkerParts): Reading[] {
  const caches = (statistic: Statistic, labels: Record<string, string> = {}): Sample[] =>
    [...parts.caches].map(([cache, all]) => ({
      labels: { cache, ...labels },
      value: all.reduce((sum, { statistics }) => sum + statistics[statistic], 0),
    }));
  const pools = (statistic: "open" | "idle" | "waiting"): Sample[] =>
    Object.entries(parts.pools).map(([pool, { statistics }]) => ({
      labels: { pool },
      value: statistics?.[statistic] ?? 0,
    }));
  return [
    {
      name: "requests_in_flight",
      help: "Requests that are being served.",
      read: () => [{ value: parts.inFlight() }],
    },
    {
      name: "cache_lookups_total",
      help: "Lookups in the caches, by result.",
      labels: ["cache", "result"],
      isCounter: true,
      read: () => [...caches("hits", { result: "hit" }), ...caches("misses", { result: "miss" })],
    },
    { name: "cache_bytes", help: "Bytes in the caches.", labels: ["cache"], read: () => caches("bytes") },
    {
      name: "cache_entries",
      help: "Entries in the caches.",
      labels: ["cache"],
      read: () => caches("entries"),
    },
    {
      name: "database_connections",
      help: "Open connections to PostgreSQL.",
      labels: ["pool"],
      read: () => pools("open"),
    },
    {
      name: "database_connections_idle",
      help: "Idle connections to PostgreSQL.",
      labels: ["pool"],
      read: () => pools("idle"),
    },
    {
      name: "database_queries_waiting",
      help: "Queries that wait for a connection.",
      labels: ["pool"],
      read: () => pools("waiting"),
    },
    {
      name: "circuit_breaker_open",
      help: "1 while a worker does not send requests to a system that is failing.",
      labels: ["system"],
      aggregator: "max",
      read: () => [
        { labels: { system: "postgresql" }, value: flag(parts.databaseBreaker.open) },
        ...parts.systems.map(({ name, breaker }) => ({
          labels: { system: upstreamLabel(name) },
          value: flag(breaker.open),
        })),
      ],
    },
    {
      name: "change_feed_connected",
      help: "1 while all workers learn what changes in the database.",
      aggregator: "min",
      read: () => [{ value: flag(parts.feed.connected) }],
    },
    {
      name: "audit_log_failing",
      help: "1 while a worker can't write the file of the audit log.",
      aggregator: "max",
      read: () => [{ value: flag(parts.auditLog.isFailing) }],
    },
    {
      name: "audit_lines_dropped_total",
      help: "Lines of the audit log that were dropped because too many waited to be written.",
      isCounter: true,
      read: () => [{ value: parts.auditLog.droppedLines }],
    },
  ];
}

/** Data of the metrics that are the same for all workers. */
export type SharedParts = Pick<StatusOptions, "systems" | "overview" | "syncs" | "foreignWriters"> & {
  readonly settings: CertificateSettings;
};

/** Names of the counts of rows, and their help. */
const COUNTS = {
  repositories: "Listed repositories.",
  open_repositories: "Listed repositories that everybody may pull.",
  users: "Users who have logged in or that Katello has mapped.",
  hosts: "Hosts.",
  tokens: "Tokens that have not expired.",
  lockouts: "Accounts, addresses and gateways with too many failed logins.",
  user_grants: "Grants of users, as PostgreSQL estimates them.",
  host_grants: "Grants of hosts, as PostgreSQL estimates them.",
} as const;

const secondsOf = (time: string): number => Date.parse(time) / 1000;

/** Reads the metrics that are the same for all workers. What the database can't tell now is left out. */
export async function sharedReadings({
  systems,
  overview,
  syncs,
  foreignWriters,
  settings,
}: SharedParts): Promise<Reading[]> {
  const [counts, last, writers, up] = await Promise.all([
    overview.counts().catch(() => undefined),
    syncs.last().catch(() => undefined),
    foreignWriters.list().catch(() => undefined),
    Promise.all(systems.map(({ probe }) => probe.reachable())),
  ]);
  const perSync = (value: (sync: NonNullable<typeof last>[number]) => number): Sample[] =>
    (last ?? []).map((sync) => ({ labels: { kind: sync.kind }, value: value(sync) }));
  const names = Object.keys(COUNTS).filter((name): name is keyof typeof COUNTS => name in COUNTS);
  return [
    {
      name: "up",
      help: "1 if a system replies.",
      labels: ["system"],
      read: () => [
        { labels: { system: "postgresql" }, value: flag(last !== undefined) },
        ...systems.map(({ name }, index) => ({
          labels: { system: upstreamLabel(name) },
          value: flag(up[index] === true),
        })),
      ],
    },
    ...names.map((name) => ({
      name,
      help: COUNTS[name],
      read: () => (counts === undefined ? [] : [{ value: counts[name] }]),
    })),
    {
      name: "database_other_writers",
      help: "Roles of PostgreSQL, beside the gateway's, that may change its tables.",
      read: () => (writers === undefined ? [] : [{ value: writers.length }]),
    },
    {
      name: "last_sync_timestamp_seconds",
      help: "Time of the last sync of each kind.",
      labels: ["kind"],
      read: () => perSync(({ at }) => secondsOf(at)),
    },
    {
      name: "last_sync_success",
      help: "1 if the last sync of each kind has been applied.",
      labels: ["kind"],
      read: () => perSync((sync) => flag(!isFailed(sync))),
    },
    {
      name: "last_sync_duration_seconds",
      help: "Duration of the last sync of each kind.",
      labels: ["kind"],
      read: () => perSync(({ seconds }) => seconds),
    },
    {
      name: "certificate_expiry_timestamp_seconds",
      help: "End of the certificates in the settings.",
      labels: ["setting"],
      read: () =>
        certificateStates(settings).map(({ setting, expires_at }) => ({
          labels: { setting },
          value: secondsOf(expires_at),
        })),
    },
  ];
}
