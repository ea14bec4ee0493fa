/**
 * The change feed: tells what changed, here or at another gateway. It listens on a connection of its own, notices when
 * that no longer hears, and makes a new one by itself.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection, Database, Queries } from "../database.ts";
import { CHANNEL, type Change, changeText, NOTIFY } from "./change.ts";
import { isSilence, type ListeningOptions, listenOnce } from "./listener.ts";

/** Who remembers something, and must forget it when it changes. */
export interface ChangeListener {
  changed(change: Change): void;
  /** What changes from now on is not heard: what is remembered may be believed only by `inGrace`. */
  deaf(): void;
  /** All that changes from now on is heard. What was remembered before may have changed meanwhile. */
  hearing(): void;
}

/** As much of the feed as those need who remember something. */
export type Feed = Pick<Changes, "hearing" | "inGrace" | "listen">;

/** Where the feed listens, and how it proves that it hears. */
export interface ChangeOptions extends Pick<ListeningOptions, "connectionString" | "db"> {
  /** Seconds for which is believed what was remembered when hearing ended, should the database be away. */
  readonly grace: number;
  /** Told when the feed goes deaf or can't hear at first, with the reason, and of another reason. */
  readonly onDeaf: (reason: unknown) => void;
  readonly onHearing: () => void;
}

/** Says, inside a transaction, what that transaction changes. */
export type Announce = (change: Change) => Promise<void>;

/** Before another attempt; a database that comes back is heard again within two seconds. */
const LONGEST_PAUSE = 500;

/** The feed of one process: who listens here, what is announced, and whether it hears. */
export class Changes {
  readonly #options: ChangeOptions;
  readonly #listeners = new Set<ChangeListener>();
  readonly #closing = new AbortController();
  readonly #ended: Promise<void>;
  #hearing = false;
  /** When hearing ended, if there was any. */
  #deafSince = Number.NEGATIVE_INFINITY;
  #silent = false;
  /** The last reason for deafness that was told, so that each is told once. */
  #told = "";

  /** Begins to listen; until that is proven the feed is deaf. */
  constructor(options: ChangeOptions) {
    this.#options = options;
    this.#ended = this.#listenForEver();
  }

  /** Whether every change is heard as it comes. */
  get hearing(): boolean {
    return this.#hearing;
  }

  /**
   * Whether what was remembered when hearing ended may still be believed, where the database can't be asked. A change
   * that another gateway makes meanwhile is not seen.
   */
  get inGrace(): boolean {
    return !this.#hearing && performance.now() - this.#deafSince < this.#options.grace * 1000;
  }

  /** Whether the database gives no sign of life; one that answers without being heard does. */
  get silent(): boolean {
    return this.#silent;
  }

  /** Adds a listener for good. */
  listen(listener: ChangeListener): void {
    this.#listeners.add(listener);
  }

  /**
   * Runs `work` in one transaction. What it announces is heard here as soon as it is committed, before this resolves,
   * and by the other gateways a moment later.
   */
  async transaction<T>(
    db: Database,
    work: (queries: Queries, connection: Connection, announce: Announce) => Promise<T>,
  ): Promise<T> {
    const announced: Change[] = [];
    const result = await db.transaction((queries, connection) =>
      work(queries, connection, async (change) => {
        announced.push(change);
        await queries.any(NOTIFY, [CHANNEL, changeText(change)]);
      }),
    );
    for (const change of announced) this.#changed(change);
    return result;
  }

  /** Stops listening. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#ended;
  }

  #changed(change: Change): void {
    for (const listener of this.#listeners) listener.changed(change);
  }

  #setHearing(hearing: boolean, reason?: unknown): void {
    const changed = this.#hearing !== hearing;
    this.#hearing = hearing;
    if (changed) {
      this.#deafSince = performance.now();
      for (const listener of this.#listeners) {
        if (hearing) listener.hearing();
        else listener.deaf();
      }
    }
    if (hearing) this.#options.onHearing();
    else if (changed || this.#told !== String(reason)) this.#options.onDeaf(reason);
    this.#told = String(reason);
  }

  async #listenForEver(): Promise<void> {
    const { signal } = this.#closing;
    const { connectionString, db } = this.#options;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        await listenOnce({
          connectionString,
          db,
          signal,
          onChange: (change) => this.#changed(change),
          onHearing: () => {
            attempt = 0;
            this.#silent = false;
            this.#setHearing(true);
          },
        });
      } catch (error) {
        this.#silent = isSilence(error);
        if (!signal.aborted) this.#setHearing(false, error);
      }
      const pause = Math.min(LONGEST_PAUSE, 50 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2);
      await sleep(pause, undefined, { signal, ref: false }).catch(() => undefined);
    }
    this.#hearing = false;
  }
}
