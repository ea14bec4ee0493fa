/** Katello's calls that a worker refused: usually a certificate that `trusted_hosts` does not name. */
import { OPERATIONS } from "../generated/operations.ts";
import type { Decision } from "../model/audit-events.ts";
import { BoundedMap } from "../resilience/bounded-map.ts";

/** A refused call. */
export interface RefusedSync {
  readonly at: string;
  readonly operation: string;
  /** Common name of the certificate. */
  readonly name: string;
  readonly why: string;
}

/** Callers that are kept, each with the last call. */
const MAX_CALLERS = 20;
/** Time for which a refusal is shown. */
const SHOWN_MS = 60 * 60 * 1000;

const SYNCS: ReadonlySet<string> = new Set(
  OPERATIONS.filter(({ tag }) => tag === "katello").map(({ id }) => id),
);

/** Keeps the last refused call of each caller who has shown a certificate. */
export class RefusedSyncs {
  readonly #refused = new BoundedMap<string, RefusedSync>(MAX_CALLERS);

  /** Takes note of a decision of the audit log. */
  note({ decision, operation, name, why = "" }: Decision): void {
    if (decision !== "refused" || name === undefined || operation === undefined || !SYNCS.has(operation))
      return;
    this.#refused.set(name, { at: new Date().toISOString(), operation, name, why });
  }

  /** Refusals of the last hour. */
  recent(): RefusedSync[] {
    const since = Date.now() - SHOWN_MS;
    return [...this.#refused.values()].filter(({ at }) => Date.parse(at) > since);
  }
}
