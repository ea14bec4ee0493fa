/** Questions that every worker of a gateway answers for itself, whichever of them an operator has reached. */
import type { RefusedSync } from "./refused-syncs.ts";

/** State of one worker. */
export interface WorkerState {
  readonly pid: number;
  readonly uptime_seconds: number;
  readonly requests_in_flight: number;
  readonly memory_bytes: number;
  readonly log_level: string;
}

/** Answer to the question about the state. */
export interface WorkerReport {
  readonly state: WorkerState;
  readonly refusedSyncs: readonly RefusedSync[];
}

/** Answers by question. */
export interface Answers {
  readonly state: WorkerReport;
  /** Metrics of the worker, as prom-client's JSON. */
  readonly metrics: readonly object[];
  readonly "log-level": true;
  readonly "clear-cache": true;
}

/** Arguments by question. */
export interface Questions {
  readonly state: undefined;
  readonly metrics: undefined;
  readonly "log-level": { readonly level: string; readonly seconds: number | undefined };
  readonly "clear-cache": undefined;
}

/** Answers the questions for one worker. */
export type Respondent = {
  readonly [Name in keyof Questions]: (argument: Questions[Name]) => Promise<Answers[Name]>;
};

/** The workers of a gateway. */
export interface WorkerGroup {
  /** Registers this worker's answers. */
  join(respondent: Respondent): void;
  /** Asks all workers. A worker that does not answer in time is left out. */
  ask<Name extends keyof Questions>(name: Name, argument: Questions[Name]): Promise<Answers[Name][]>;
}

/** The group of a gateway that is one process. */
export class SingleWorker implements WorkerGroup {
  #respondent: Respondent | undefined;

  join(respondent: Respondent): void {
    this.#respondent = respondent;
  }

  async ask<Name extends keyof Questions>(name: Name, argument: Questions[Name]): Promise<Answers[Name][]> {
    return this.#respondent === undefined ? [] : [await this.#respondent[name](argument)];
  }
}
