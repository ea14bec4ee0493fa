/** What operators and load balancers ask. */

import type { components } from "../generated/openapi.ts";
import type { Handlers } from "../model/operations.ts";
import { SingleFlight } from "../resilience/single-flight.ts";

type SyncRecord = components["schemas"]["SyncRecord"];
type Reachability = components["schemas"]["Reachability"];

/** What readiness is made of. */
export interface HealthOptions {
  /** Rejects while the database can't be asked. */
  readonly syncs: { last(): Promise<SyncRecord[]> };
  /** Whether what is remembered may be believed. */
  readonly feed: { readonly connected: boolean; readonly inGracePeriod: boolean };
  readonly pulp: { reachable(): Promise<boolean> };
  readonly katello: { reachable(): Promise<boolean> };
  /** The text of openapi.yaml. */
  readonly contract: string;
}

/** Upstreams are asked at most so often, however often load balancers ask here; in milliseconds. */
const PROBE_INTERVAL_MS = 5_000;

/** Asks an upstream now and then, and answers everybody with what it said. */
function probe(upstream: { reachable(): Promise<boolean> }): () => Promise<Reachability> {
  let asked = Number.NEGATIVE_INFINITY;
  let answer: Promise<Reachability> = Promise.resolve("down");
  return () => {
    if (performance.now() - asked > PROBE_INTERVAL_MS) {
      asked = performance.now();
      answer = upstream.reachable().then((up) => (up ? "up" : "down"));
    }
    return answer;
  };
}

type HealthHandlers = Pick<Handlers, "getHealth" | "getReadiness" | "getContract">;

/** Makes the handlers of health, readiness and the contract. */
export function createHealth(options: HealthOptions): HealthHandlers {
  const { syncs: records, feed, pulp, katello, contract } = options;
  const reading = new SingleFlight<SyncRecord[] | undefined>();
  // Whoever may ask here, the database has one such question at a time.
  const lastSyncs = () => reading.join("", () => records.last().catch(() => undefined));
  const pulpProbe = probe(pulp);
  const katelloProbe = probe(katello);
  return {
    getHealth: async () => ({ status: 200, body: { status: "ok" } }),
    getReadiness: async ({ caller }) => {
      const [{ result: last }, pulpState, katelloState] = await Promise.all([
        lastSyncs(),
        pulpProbe(),
        katelloProbe(),
      ]);
      const upstreams = { pulp: pulpState, katello: katelloState };
      // How many users and hosts there are, and how many change, is nothing for strangers.
      const syncs = caller.kind === "administrator" ? last : [];
      if (last !== undefined && syncs !== undefined)
        return { status: 200, body: { status: "ready", database: "up", syncs, upstreams } };
      const without = { database: "down" as const, syncs: [], upstreams };
      return feed.connected || feed.inGracePeriod
        ? { status: 200, body: { status: "degraded", ...without } }
        : { status: 503, headers: { "Retry-After": "5" }, body: { status: "unavailable", ...without } };
    },
    getContract: async () => ({ status: 200, body: contract }),
  };
}
