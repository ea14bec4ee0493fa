/**
 * The change feed: tells what changed, here or at another gateway. It listens on a connection of its own, notices when
 * that no longer hears, and makes a new one by itself.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection, Database, Queries } from "../database.ts";
import { CHANNEL, type Change, changeText, NOTIFY, parseChange } from "./change.ts";
import { isUnresponsive, type ListeningOptions, listenOnce } from "./listener.ts";

/** Who remembers something, and must forget it when it changes. */
export interface ChangeListener {
  changed(change: Change): void;
  /** What changes from now on is not heard: what is remembered may be believed only by `inGracePeriod`. */
  disconnected(): void;
  /** All that changes from now on is heard. What was remembered before may have changed meanwhile. */
  connected(): void;
}

/** As much of the feed as those need who remember something. */
export type Feed = Pick<ChangeFeed, "connected" | "inGracePeriod" | "listen">;

/** Where the feed listens, and how it proves that it hears. */
export interface ChangeFeedOptions extends Pick<ListeningOptions, "connectionString" | "db"> {
  /** Seconds for which is believed what was remembered when connected ended, should the database be away. */
  readonly gracePeriodS: number;
  /** Told when the feed goes disconnected or can't hear at first, with the reason, and of another reason. */
  readonly onDisconnected: (reason: unknown) => void;
  readonly onConnected: () => void;
}

/** Says, inside a transaction, what that transaction changes. */
export type Announce = (change: Change) => Promise<void>;

/** Before another attempt; a database that comes back is heard again within two seconds. */
const MAX_RECONNECT_DELAY_MS = 500;

/** The feed of one process: who listens here, what is announced, and whether it hears. */
export class ChangeFeed {
  readonly #options: ChangeFeedOptions;
  readonly #listeners = new Set<ChangeListener>();
  readonly #closing = new AbortController();
  readonly #ended: Promise<void>;
  #connected = false;
  /** When connected ended, if there was any. */
  #disconnectedSince = Number.NEGATIVE_INFINITY;
  #unresponsive = false;
  /** The last reason for deafness that was told, so that each is told once. */
  #told = "";

  /** Begins to listen; until that is proven the feed is disconnected. */
  constructor(options: ChangeFeedOptions) {
    this.#options = options;
    this.#ended = this.#listenForEver();
  }

  /** Whether every change is heard as it comes. */
  get connected(): boolean {
    return this.#connected;
  }

  /**
   * Whether what was remembered when connected ended may still be believed, where the database can't be asked. A change
   * that another gateway makes meanwhile is not seen.
   */
  get inGracePeriod(): boolean {
    return (
      !this.#connected && performance.now() - this.#disconnectedSince < this.#options.gracePeriodS * 1000
    );
  }

  /** Whether the database gives no sign of life; one that answers without being heard does. */
  get unresponsive(): boolean {
    return this.#unresponsive;
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

  /**
   * Runs one statement that writes, and tells the listeners here what it has announced: its column `changes`, the lines
   * of PostgreSQL's channel.
   */
  async write<Row extends { readonly changes: readonly string[] }>(
    db: Database,
    query: string,
    values: unknown,
  ): Promise<Row> {
    const row = await db.write<Row>(query, values);
    for (const line of row.changes) {
      const change = parseChange(line);
      if (change !== undefined) this.#changed(change);
    }
    return row;
  }

  /** Stops listening. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#ended;
  }

  #changed(change: Change): void {
    for (const listener of this.#listeners) listener.changed(change);
  }

  #setConnected(connected: boolean, reason?: unknown): void {
    const changed = this.#connected !== connected;
    this.#connected = connected;
    if (changed) {
      this.#disconnectedSince = performance.now();
      for (const listener of this.#listeners) {
        if (connected) listener.connected();
        else listener.disconnected();
      }
    }
    if (connected) this.#options.onConnected();
    else if (changed || this.#told !== String(reason)) this.#options.onDisconnected(reason);
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
          onConnected: () => {
            attempt = 0;
            this.#unresponsive = false;
            this.#setConnected(true);
          },
        });
      } catch (error) {
        this.#unresponsive = isUnresponsive(error);
        if (!signal.aborted) this.#setConnected(false, error);
      }
      const pause =
        Math.min(MAX_RECONNECT_DELAY_MS, 50 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2);
      await sleep(pause, undefined, { signal, ref: false }).catch(() => undefined);
    }
    this.#connected = false;
  }
}
