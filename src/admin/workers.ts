/** Questions that every worker of a gateway answers for itself, whichever of them an operator has reached. */
import { randomBytes } from "node:crypto";
import type { AuditLogHealth } from "../logs/audit.ts";
import type { CachedTag } from "../model/content.ts";
import type { RepositoryName } from "../model/names.ts";
import type { WorkerActivity } from "./activity.ts";
import type { RecentDecision } from "./recent-decisions.ts";
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
  readonly auditLog: AuditLogHealth;
}

/** Answers by question. */
export interface Answers {
  readonly state: WorkerReport;
  /** Metrics of the worker, as prom-client's JSON. */
  readonly metrics: readonly object[];
  readonly "log-level": true;
  readonly "clear-cache": true;
  readonly "cached-tags": readonly CachedTag[];
  /** True from the worker that made the link. */
  readonly "use-link": boolean;
  readonly "end-session": true;
  /** Ids of the sessions that have been ended. */
  readonly "ended-sessions": readonly string[];
  readonly activity: WorkerActivity;
  readonly decisions: { readonly pid: number; readonly decisions: readonly RecentDecision[] };
}

/** Arguments by question. */
export interface Questions {
  readonly state: undefined;
  readonly metrics: undefined;
  readonly "log-level": { readonly level: string; readonly seconds: number | undefined };
  readonly "clear-cache": { readonly repository: RepositoryName | undefined };
  readonly "cached-tags": { readonly repository: RepositoryName };
  readonly "use-link": { readonly code: string };
  readonly "end-session": { readonly id: string };
  readonly "ended-sessions": undefined;
  readonly activity: undefined;
  /** Time in milliseconds since the epoch. */
  readonly decisions: { readonly since: number };
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
  /** Returns a random text that all workers share, also those of a later reload. */
  secret(): Promise<string>;
}

const SECRET_BYTES = 32;

/** Creates the secret of a group. */
export const newSecret = (): string => randomBytes(SECRET_BYTES).toString("base64url");

/** The group of a gateway that is one process. */
export class SingleWorker implements WorkerGroup {
  readonly #secret = newSecret();
  #respondent: Respondent | undefined;

  async secret(): Promise<string> {
    return this.#secret;
  }

  join(respondent: Respondent): void {
    this.#respondent = respondent;
  }

  async ask<Name extends keyof Questions>(name: Name, argument: Questions[Name]): Promise<Answers[Name][]> {
    return this.#respondent === undefined ? [] : [await this.#respondent[name](argument)];
  }
}
