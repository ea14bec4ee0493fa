/** Health and readiness, for operators and load balancers. */
import type { components } from "../generated/openapi.ts";
import type { Handlers } from "../model/operations.ts";
import { EncodedBody } from "../model/reply-body.ts";
import { SingleFlight } from "../resilience/single-flight.ts";

type SyncRecord = components["schemas"]["SyncRecord"];
type Reachability = components["schemas"]["Reachability"];

/** Dependencies of the health handlers. */
export interface HealthOptions {
  /** Sync records; `last` rejects while the database is unreachable. */
  readonly syncs: { last(): Promise<SyncRecord[]> };
  /** Katello's first sync of the repositories; rejects while the database is unreachable. */
  /** Other roles of PostgreSQL that may change the tables; `list` rejects while the database is unreachable. */
  readonly foreignWriters: { list(): Promise<string[]> };
  readonly firstSync: { check(): Promise<boolean> };
  /** State of the change feed: cached data is valid while it is connected or in its grace period. */
  readonly feed: { readonly connected: boolean; readonly inGracePeriod: boolean };
  readonly pulp: { reachable(): Promise<boolean> };
  readonly katello: { reachable(): Promise<boolean> };
  /** The text of openapi.yaml. */
  readonly contract: string;
}

/** Minimum interval between two probes of an upstream, however often load balancers request readiness. */
const PROBE_INTERVAL_MS = 5_000;

const RETRY = { "Retry-After": "5" };

/** Creates a probe that checks an upstream at most once per interval and caches the result. */
function probe(upstream: { reachable(): Promise<boolean> }): () => Promise<Reachability> {
  let checkedAt = Number.NEGATIVE_INFINITY;
  let state: Promise<Reachability> = Promise.resolve("down");
  return () => {
    if (performance.now() - checkedAt > PROBE_INTERVAL_MS) {
      checkedAt = performance.now();
      state = upstream.reachable().then((up) => (up ? "up" : "down"));
    }
    return state;
  };
}

type HealthHandlers = Pick<Handlers, "getHealth" | "getReadiness" | "getContract">;

/** Creates the handlers of health, readiness and the contract. */
export function createHealth(options: HealthOptions): HealthHandlers {
  // Encoded once: it is large, and anybody may request it.
  const contractBody = new EncodedBody(options.contract);
  const { syncs: records, foreignWriters, firstSync, feed, pulp, katello } = options;
  const reads = new SingleFlight<SyncRecord[] | undefined>();
  // Anybody may request readiness: concurrent queries are coalesced to protect the database.
  const lastSyncs = () => reads.join("", () => records.last().catch(() => undefined));
  const pulpProbe = probe(pulp);
  const katelloProbe = probe(katello);
  return {
    getHealth: async () => ({ status: 200, body: { status: "ok" } }),
    getReadiness: async ({ caller }) => {
      const isAdministrator = caller.kind === "administrator";
      const [{ result: last }, writers, hasSynced, pulpState, katelloState] = await Promise.all([
        lastSyncs(),
        isAdministrator ? foreignWriters.list().catch(() => undefined) : undefined,
        firstSync.check().catch(() => false),
        pulpProbe(),
        katelloProbe(),
      ]);
      const upstreams = { pulp: pulpState, katello: katelloState };
      // The records tell the numbers of users and hosts, so only administrators see them.
      const syncs = isAdministrator ? last : [];
      if (last !== undefined && syncs !== undefined) {
        const roles = writers === undefined ? {} : { other_writers: writers };
        const available = { database: "up" as const, syncs, upstreams, ...roles };
        return hasSynced
          ? { status: 200, body: { status: "ready", ...available } }
          : { status: 503, headers: RETRY, body: { status: "waiting_for_katello", ...available } };
      }
      const unavailable = { database: "down" as const, syncs: [], upstreams };
      return hasSynced && (feed.connected || feed.inGracePeriod)
        ? { status: 200, body: { status: "degraded", ...unavailable } }
        : { status: 503, headers: RETRY, body: { status: "unavailable", ...unavailable } };
    },
    getContract: async () => ({ status: 200, body: contractBody }),
  };
}
