/** Tells the log that Katello has not synced for a day, once a day. */
import type { Logger } from "pino";
import { missedSince } from "../model/syncs.ts";
import type { SyncRecord } from "./apply/sync-records.ts";

const CHECK_INTERVAL_MS = 60 * 60 * 1000;
const REPEAT_MS = 24 * 60 * 60 * 1000;

/** Watches the age of the last sync. */
export class MissedSyncs {
  readonly #records: { last(): Promise<SyncRecord[]> };
  readonly #log: Pick<Logger, "error">;
  readonly #timer = setInterval(() => void this.check(), CHECK_INTERVAL_MS).unref();
  #loggedAtMs = Number.NEGATIVE_INFINITY;

  constructor(records: { last(): Promise<SyncRecord[]> }, log: Pick<Logger, "error">) {
    this.#records = records;
    this.#log = log;
  }

  /** Checks now. Never rejects: while PostgreSQL is down, other lines say so. */
  async check(): Promise<void> {
    const at = missedSince(await this.#records.last().catch(() => []));
    if (at === undefined || performance.now() - this.#loggedAtMs < REPEAT_MS) return;
    this.#loggedAtMs = performance.now();
    this.#log.error({ at }, "Katello has not synced for a day: sync the Smart Proxy in Foreman");
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
