/**
 * Notifies listeners of changes that this or another gateway commits. It has a connection of its own
 * (LISTEN), checks that notifications arrive, and reconnects by itself.
 *
 * | state           | entered when                                             | caches                           |
 * |-----------------|----------------------------------------------------------|----------------------------------|
 * | disconnected    | startup; grace period over                               | bypassed                         |
 * | connected       | a test notification sent by the pool has arrived         | cleared once, then used          |
 * | in grace period | the connection broke less than `gracePeriodS` ago        | used if PostgreSQL is unreachable |
 *
 * `unresponsive` is independent of these states: it is true if the last connection failed because PostgreSQL sent nothing,
 * not even an error.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { unlessAborted } from "../../resilience/unless-aborted.ts";
import type { Connection, Database, Queries } from "../database.ts";
import { CHANNEL, type Change, changeText, NOTIFY, parseChange } from "./change.ts";
import { isUnresponsive, type ListeningOptions, listenOnce } from "./listener.ts";

/** A listener of the change feed, such as a cache. */
export interface ChangeListener {
  changed(change: Change): void;
  /** Called when changes are no longer notified. Cached values are stale, and may be used only while `inGracePeriod`. */
  disconnected(): void;
  /** Called when all further changes are notified. Values that were cached before may be outdated. */
  connected(): void;
}

/** The part of the change feed that caches need. */
export type Feed = Pick<ChangeFeed, "connected" | "inGracePeriod" | "listen">;

/** Dependencies of the change feed. */
export interface ChangeFeedOptions extends Pick<ListeningOptions, "db"> {
  /** Seconds after a disconnect for which stale values may be used if the database is unreachable. */
  readonly gracePeriodS: number;
  /** Called when the feed disconnects or can't connect at first, and again when the reason changes. */
  readonly onDisconnected: (reason: unknown) => void;
  readonly onConnected: () => void;
}

/** Announces a change inside the transaction that makes it. */
export type Announce = (change: Change) => Promise<void>;

/** Maximum delay before the next attempt. After PostgreSQL has restarted, the feed is connected within two seconds. */
const MAX_RECONNECT_DELAY_MS = 500;

/** The change feed of one process. */
export class ChangeFeed {
  readonly #options: ChangeFeedOptions;
  readonly #listeners = new Set<ChangeListener>();
  readonly #closing = new AbortController();
  #ended: Promise<void> = Promise.resolve();
  #connected = false;
  /** Time of the last change of state, in milliseconds on the monotonic clock. */
  #disconnectedSince = Number.NEGATIVE_INFINITY;
  #unresponsive = false;
  /** Last reported reason for a disconnect, so that each is reported once. */
  #reportedReason = "";

  constructor(options: ChangeFeedOptions) {
    this.#options = options;
  }

  /**
   * Starts to connect.
   * @param locate resolves to the URL to connect with; called before each attempt
   */
  open(locate: () => Promise<string>): void {
    this.#ended = this.#listen(locate);
  }

  /** True if every change is notified as it is committed. */
  get connected(): boolean {
    return this.#connected;
  }

  /**
   * True if values that were cached before the disconnect may still be used where the database is unreachable. Changes that
   * other gateways make meanwhile are missed.
   */
  get inGracePeriod(): boolean {
    return (
      !this.#connected && performance.now() - this.#disconnectedSince < this.#options.gracePeriodS * 1000
    );
  }

  /** True if PostgreSQL sends no replies. One that replies but does not deliver notifications is responsive. */
  get unresponsive(): boolean {
    return this.#unresponsive;
  }

  /** Adds a listener, which can't be removed. */
  listen(listener: ChangeListener): void {
    this.#listeners.add(listener);
  }

  /**
   * Runs `work` in one transaction. Listeners in this process are notified of its changes after the commit, before this
   * resolves; other gateways are notified a moment later.
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
   * Runs one statement that writes, and notifies the listeners here of the changes that it announced. Its row has
   * them in the column `changes`, as in the notifications.
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

  /** Disconnects. */
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
    else if (changed || this.#reportedReason !== String(reason)) this.#options.onDisconnected(reason);
    this.#reportedReason = String(reason);
  }

  async #listen(locate: () => Promise<string>): Promise<void> {
    const { signal } = this.#closing;
    const { db } = this.#options;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        await listenOnce({
          connectionString: await unlessAborted(signal, locate()),
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
      const delayMs =
        Math.min(MAX_RECONNECT_DELAY_MS, 50 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2);
      await sleep(delayMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
    this.#connected = false;
  }
}
