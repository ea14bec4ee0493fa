/**
 * The change feed: tells what changed, here or at another gateway. It listens on a connection of its own, notices when
 * that no longer hears, and makes a new one by itself.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { isRegistryError } from "../errors.ts";
import { codeOf } from "../reasons.ts";
import { CHANNEL, type Change, changeText, parseChange } from "./change.ts";
import { type Connection, type Database, isSqlState, isUnreachable, type Queries } from "./database.ts";

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
export interface ChangeOptions {
  /** A plain libpq URL that leads to the database itself, past any pooler of transactions. */
  readonly connectionString: string;
  /** The database whose changes must be heard. */
  readonly db: Database;
  /** Seconds for which is believed what was remembered when hearing ended, should the database be away. */
  readonly grace: number;
  /** Told when the feed goes deaf or can't hear at first, with the reason, and of another reason. */
  readonly onDeaf: (reason: unknown) => void;
  readonly onHearing: () => void;
}

/** Says, inside a transaction, what that transaction changes. */
export type Announce = (change: Change) => Promise<void>;

/** Milliseconds between two signs of life, and the patience with each: a line that is dead is found within a second. */
const KEEP_ALIVE = 400;
const PATIENCE = 600;
/** The patience with a new connection. */
const CONNECT_PATIENCE = 2_000;
/** The patience with what was said already. */
const HEAR_PATIENCE = 1_000;
/** Before another attempt; a database that comes back is heard again within two seconds. */
const LONGEST_PAUSE = 500;

const NOTIFY = "SELECT pg_notify($1, $2)";

/** The database answers, but what it announces does not come. */
class NotHeard extends Error {}

/** Whether an error is the database's silence, and neither its word nor a bound of ours. */
const isSilence = (error: unknown): boolean =>
  isRegistryError(error) ? isUnreachable(error) : !(error instanceof NotHeard) && !isSqlState(codeOf(error));

async function within<T>(milliseconds: number, work: Promise<T>, what: string): Promise<T> {
  const done = new AbortController();
  const late = sleep(milliseconds, undefined, { signal: done.signal, ref: false }).then(() => {
    throw new Error(`${what} within ${milliseconds} ms`);
  });
  late.catch(() => undefined);
  return Promise.race([work, late]).finally(() => done.abort());
}

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
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        await this.#listenOnce(() => {
          attempt = 0;
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

  /** Listens on one connection until it breaks or the feed closes. */
  async #listenOnce(onHearing: () => void): Promise<void> {
    const { connectionString } = this.#options;
    const client = new pg.Client({
      connectionString,
      application_name: "container-gateway changes",
      connectionTimeoutMillis: CONNECT_PATIENCE,
    });
    const { signal } = this.#closing;
    let onClose = (): void => undefined;
    const broken = new Promise<never>((_, reject) => {
      client.on("error", reject);
      client.on("end", () => reject(new Error("the connection was closed")));
      onClose = () => reject(new Error("the feed is closed"));
    });
    signal.addEventListener("abort", onClose);
    broken.catch(() => undefined);
    try {
      await Promise.race([client.connect(), broken]);
      await Promise.race([this.#proveHearing(client), broken]);
      this.#silent = false;
      this.#setHearing(true);
      onHearing();
      for (;;) {
        await Promise.race([sleep(KEEP_ALIVE, undefined, { ref: false }), broken]);
        const alive = within(PATIENCE, client.query("SELECT 1"), "no sign of life");
        await Promise.race([alive, broken]);
      }
    } finally {
      signal.removeEventListener("abort", onClose);
      // A polite goodbye may never be answered.
      client.removeAllListeners("notification");
      void client.end().catch(() => undefined);
    }
  }

  /**
   * Hearing is proven and not assumed: what the gateway's own pool says must arrive here. It does not if this connection
   * leads to another database, or to a pooler that hands each transaction to whichever connection is free.
   */
  async #proveHearing(client: pg.Client): Promise<void> {
    const proof = `proof ${randomUUID()}`;
    const heard = new Promise<void>((resolve) => {
      client.on("notification", ({ payload = "" }) => {
        const change = parseChange(payload);
        if (change !== undefined) this.#changed(change);
        else if (payload === proof) resolve();
      });
    });
    await within(CONNECT_PATIENCE, client.query(`LISTEN ${CHANNEL}`), "no sign of life");
    await this.#options.db.any(NOTIFY, [CHANNEL, proof]);
    await within(HEAR_PATIENCE, heard, "it is not heard").catch((cause: unknown) => {
      const text =
        "what the database announces is not heard on the listening connection (see db_listen_connection_string)";
      throw new NotHeard(text, { cause });
    });
  }
}
