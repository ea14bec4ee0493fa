/** Health and readiness, for operators and load balancers. */
import type { components } from "../generated/openapi.ts";
import type { Handlers } from "../model/operations.ts";
import { EncodedBody } from "../model/reply-body.ts";
import { isFailed, missedSince } from "../model/syncs.ts";
import { SingleFlight } from "../resilience/single-flight.ts";

type SyncRecord = components["schemas"]["SyncRecord"];
type Reachability = components["schemas"]["Reachability"];

/** Dependencies of the health handlers. */
export interface HealthOptions {
  /** Sync records; `last` rejects while the database is unreachable. */
  readonly syncs: { last(): Promise<SyncRecord[]> };
  /** Other roles of PostgreSQL that may change the tables; `list` rejects while the database is unreachable. */
  readonly foreignWriters: { list(): Promise<string[]> };
  /** Katello's first sync of the repositories; rejects while the database is unreachable. */
  readonly firstSync: { check(): Promise<boolean> };
  /** State of the change feed: cached data is valid while it is connected or in its grace period. */
  readonly feed: { readonly connected: boolean; readonly inGracePeriod: boolean };
  readonly pulp: { reachable(): Promise<boolean> };
  readonly katello: { reachable(): Promise<boolean> };
  /** True once the gateway has been told to stop. */
  readonly isStopping: () => boolean;
  /** The text of openapi.yaml. */
  readonly contract: string;
}

const NOT_SYNCED = "Katello has never sent its list of repositories";
const MISSED = "Katello has not synced for a day";
const STOPPING = "the gateway has been told to stop";
const NO_DATABASE = "the database is unavailable";

const RETRY = { "Retry-After": "5" };

const stateOf = async (upstream: { reachable(): Promise<boolean> }): Promise<Reachability> =>
  (await upstream.reachable()) ? "up" : "down";

type HealthHandlers = Pick<Handlers, "getHealth" | "getReadiness" | "getContract">;

/** Creates the handlers of health, readiness and the contract. */
export function createHealth(options: HealthOptions): HealthHandlers {
  // Encoded once: it is large, and anybody may request it.
  const contractBody = new EncodedBody(options.contract);
  const { syncs: records, foreignWriters, firstSync, feed, pulp, katello, isStopping } = options;
  const reads = new SingleFlight<SyncRecord[] | undefined>();
  // Anybody may request readiness: concurrent queries are coalesced to protect the database.
  const lastSyncs = () => reads.join("", () => records.last().catch(() => undefined));
  return {
    getHealth: async () => ({ status: 200, body: { status: "ok" } }),
    getReadiness: async ({ caller }) => {
      const isAdministrator = caller.kind === "administrator";
      const [{ result: last }, writers, hasSynced, pulpState, katelloState] = await Promise.all([
        lastSyncs(),
        isAdministrator ? foreignWriters.list().catch(() => undefined) : undefined,
        firstSync.check().catch(() => false),
        stateOf(pulp),
        stateOf(katello),
      ]);
      const upstreams = { pulp: pulpState, katello: katelloState };
      // The records tell the numbers of users and hosts, so only administrators see them.
      const syncs = isAdministrator ? last : [];
      if (isStopping()) {
        const database = last === undefined ? ("down" as const) : ("up" as const);
        const state = { reasons: [STOPPING], database, syncs: syncs ?? [], upstreams };
        return { status: 503, headers: RETRY, body: { status: "unavailable", ...state } };
      }
      if (last !== undefined && syncs !== undefined) {
        const roles = writers === undefined ? {} : { other_writers: writers };
        const available = { database: "up" as const, syncs, upstreams, ...roles };
        if (!hasSynced) {
          const body = { status: "waiting_for_katello" as const, reasons: [NOT_SYNCED], ...available };
          return { status: 503, headers: RETRY, body };
        }
        const failures = last.filter(isFailed).map(({ kind }) => `the last sync of ${kind} failed`);
        const reasons = missedSince(last) === undefined ? failures : [...failures, MISSED];
        const status = reasons.length === 0 ? ("ready" as const) : ("degraded" as const);
        return { status: 200, body: { status, reasons, ...available } };
      }
      const unavailable = { reasons: [NO_DATABASE], database: "down" as const, syncs: [], upstreams };
      return hasSynced && (feed.connected || feed.inGracePeriod)
        ? { status: 200, body: { status: "degraded", ...unavailable } }
        : { status: 503, headers: RETRY, body: { status: "unavailable", ...unavailable } };
    },
    getContract: async () => ({ status: 200, body: contractBody }),
  };
}
