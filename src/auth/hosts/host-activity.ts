/** Notes when each host last showed its certificate and last pulled. Written in batches: no request waits for it. */
import type { Logger } from "pino";
import type { HostActivityEntry, HostActivityWriter } from "../../model/host-activity.ts";
import { BoundedMap } from "../../resilience/bounded-map.ts";

const WRITE_INTERVAL_MS = 60_000;
/** A time is written again if it is later by this much: operators ask for days. */
const RESOLUTION_MS = 10 * 60_000;
const PRUNE_INTERVAL_MS = 60 * 60_000;
const MAX_HOSTS = 100_000;

/** Times of a host by `performance.now()`. */
interface Times {
  seenMs: number;
  pulledMs: number | undefined;
}

/** The times of the hosts of one process. */
export class HostActivity {
  readonly #writer: HostActivityWriter;
  readonly #times = new BoundedMap<string, Times>(MAX_HOSTS);
  /** Hosts with a time that has not been written yet. */
  readonly #pending = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  readonly #log: Pick<Logger, "warn">;
  #prunedAtMs = performance.now();
  #isFailing = false;
  /** The last write: each waits for the one before it, so that `close` has written everything. */
  #written: Promise<void> = Promise.resolve();

  constructor(writer: HostActivityWriter, log: Pick<Logger, "warn">) {
    this.#writer = writer;
    this.#log = log;
    this.#timer = setInterval(() => void this.flush(), WRITE_INTERVAL_MS).unref();
  }

  /** Notes that a host has shown its certificate. */
  seen(uuid: string): void {
    const now = performance.now();
    const times = this.#times.get(uuid);
    if (times === undefined) this.#times.set(uuid, { seenMs: now, pulledMs: undefined });
    else if (now - times.seenMs < RESOLUTION_MS) return;
    else times.seenMs = now;
    this.#pending.add(uuid);
  }

  /** Notes that a host, which has been seen, pulls. */
  pulled(uuid: string): void {
    const times = this.#times.get(uuid);
    if (times === undefined) return;
    const now = performance.now();
    if (times.pulledMs !== undefined && now - times.pulledMs < RESOLUTION_MS) return;
    times.pulledMs = now;
    this.#pending.add(uuid);
  }

  /** Writes what has been noted. Never rejects: what could not be written is tried again, and the first failure is logged. */
  flush(): Promise<void> {
    this.#written = this.#written.then(() => this.#write());
    return this.#written;
  }

  async #write(): Promise<void> {
    const now = performance.now();
    const uuids = [...this.#pending].sort();
    this.#pending.clear();
    const entries = uuids.flatMap((uuid): readonly HostActivityEntry[] => {
      const times = this.#times.get(uuid);
      if (times === undefined) return [];
      const { seenMs, pulledMs } = times;
      return [
        {
          uuid,
          seenAgoS: (now - seenMs) / 1000,
          pulledAgoS: pulledMs === undefined ? undefined : (now - pulledMs) / 1000,
        },
      ];
    });
    try {
      if (entries.length > 0) await this.#writer.recordActivity(entries);
      this.#isFailing = false;
      if (now - this.#prunedAtMs < PRUNE_INTERVAL_MS) return;
      this.#prunedAtMs = now;
      await this.#writer.pruneActivity();
    } catch (error) {
      if (!this.#isFailing) this.#log.warn({ err: error }, "times of hosts can't be stored: trying again");
      this.#isFailing = true;
      for (const uuid of uuids) this.#pending.add(uuid);
    }
  }

  /** Writes the rest. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }
}
