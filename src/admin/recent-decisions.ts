/** The last decisions of the audit log of a worker, for those who watch. */
import type { components } from "../generated/openapi.ts";
import type { Decision } from "../model/audit-events.ts";

/** A decision in the form of the contract. */
export type AuditedDecision = components["schemas"]["AuditedDecision"];

/** A decision with a number that grows within a worker. */
export interface RecentDecision {
  readonly number: number;
  readonly shown: AuditedDecision;
}

const MAX_DECISIONS = 500;

const present = <Value>(name: string, value: Value | undefined) =>
  value === undefined ? {} : { [name]: value };

function shown({ event, decision, requestId, ...rest }: Decision, at: number): AuditedDecision {
  const others = Object.entries(rest).map(([name, value]) => present(name, value));
  return {
    time: new Date(at).toISOString(),
    event,
    decision,
    ...Object.assign({}, ...others),
    request_id: requestId,
  };
}

/** Keeps the last decisions of one worker. */
export class RecentDecisions {
  readonly #kept: { readonly number: number; readonly at: number; readonly decision: Decision }[] = [];
  #number = 0;

  /** Takes note of a decision. Refusals come by the thousand, so it is made into text only when somebody asks. */
  note(decision: Decision): void {
    this.#number += 1;
    const entry = { number: this.#number, at: Date.now(), decision };
    // A ring: removing the first entry of an array would move all others.
    this.#kept[this.#number % MAX_DECISIONS] = entry;
  }

  /** Decisions since a time in milliseconds since the epoch. */
  since(time: number): RecentDecision[] {
    return this.#kept
      .filter((entry) => entry.at >= time)
      .map(({ number, at, decision }) => ({ number, shown: shown(decision, at) }));
  }
}
