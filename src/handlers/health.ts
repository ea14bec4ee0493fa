/** What operators and load balancers ask. */

import type { components } from "../generated/openapi.ts";
import type { Handlers } from "../model/operations.ts";
import { Flights } from "../resilience/single-flight.ts";

type Push = components["schemas"]["Push"];
type Reachability = components["schemas"]["Reachability"];

/** What readiness is made of. */
export interface OperateOptions {
  /** Rejects while the database can't be asked. */
  readonly pushes: { last(): Promise<Push[]> };
  /** Whether what is remembered may be believed. */
  readonly feed: { readonly hearing: boolean; readonly inGrace: boolean };
  readonly pulp: { reachable(): Promise<boolean> };
  readonly katello: { reachable(): Promise<boolean> };
  /** The text of openapi.yaml. */
  readonly contract: string;
}

/** Upstreams are asked at most so often, however often load balancers ask here; in milliseconds. */
const PROBE_EVERY = 5_000;

/** Asks an upstream now and then, and answers everybody with what it said. */
function probe(upstream: { reachable(): Promise<boolean> }): () => Promise<Reachability> {
  let asked = Number.NEGATIVE_INFINITY;
  let answer: Promise<Reachability> = Promise.resolve("down");
  return () => {
    if (performance.now() - asked > PROBE_EVERY) {
      asked = performance.now();
      answer = upstream.reachable().then((up) => (up ? "up" : "down"));
    }
    return answer;
  };
}

type OperateHandlers = Pick<Handlers, "getHealth" | "getReadiness" | "getContract">;

/** Makes the handlers of health, readiness and the contract. */
export function createOperate(options: OperateOptions): OperateHandlers {
  const { pushes: log, feed, pulp, katello, contract } = options;
  const flights = new Flights<Push[] | undefined>();
  // Whoever may ask here, the database has one such question at a time.
  const lastPushes = () => flights.join("", () => log.last().catch(() => undefined));
  const pulpProbe = probe(pulp);
  const katelloProbe = probe(katello);
  return {
    getHealth: async () => ({ status: 200, body: { status: "ok" } }),
    getReadiness: async ({ caller }) => {
      const [{ answer: last }, pulpState, katelloState] = await Promise.all([
        lastPushes(),
        pulpProbe(),
        katelloProbe(),
      ]);
      const upstreams = { pulp: pulpState, katello: katelloState };
      // How many users and hosts there are, and how many change, is nothing for strangers.
      const pushes = caller.kind === "administrator" ? last : [];
      if (last !== undefined && pushes !== undefined)
        return { status: 200, body: { status: "ready", database: "up", pushes, upstreams } };
      const without = { database: "down" as const, pushes: [], upstreams };
      return feed.hearing || feed.inGrace
        ? { status: 200, body: { status: "degraded", ...without } }
        : { status: 503, headers: { "Retry-After": "5" }, body: { status: "unavailable", ...without } };
    },
    getContract: async () => ({ status: 200, body: contract }),
  };
}
