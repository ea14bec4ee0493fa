/** A connection that hears of changes, and proves that it does. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { errorCode } from "../../model/error-text.ts";
import { isRegistryError } from "../../model/errors.ts";
import { unlessAborted } from "../../resilience/unless-aborted.ts";
import type { Database } from "../database.ts";
import { isSqlState, isUnreachable } from "../errors.ts";
import { TimedOut, Timeouts } from "../timeouts.ts";
import { CHANNEL, type Change, NOTIFY, parseChange } from "./change.ts";

/** What is listened to, and who is told. */
export interface ListeningOptions {
  /** A plain libpq URL that leads to the database itself, past any pooler of transactions. */
  readonly connectionString: string;
  /** The database whose changes must be heard. */
  readonly db: Database;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly onChange: (change: Change) => void;
  /** Told once it is proven that changes are heard. */
  readonly onConnected: () => void;
}

/** Milliseconds between two signs of life, and the patience with each: a line that is dead is found within a second. */
const HEARTBEAT_INTERVAL_MS = 400;
const HEARTBEAT_TIMEOUT_MS = 600;
/** The patience with a new connection. */
const CONNECT_TIMEOUT_MS = 2_000;
/** The patience with what was said already. */
const DELIVERY_TIMEOUT_MS = 1_000;

/** The database answers, but what it announces does not come. */
class NotDelivered extends Error {}

/** Whether an error is the database's silence, and neither its word nor a bound of ours. */
export const isUnresponsive = (error: unknown): boolean =>
  isRegistryError(error)
    ? isUnreachable(error)
    : !(error instanceof NotDelivered) && !isSqlState(errorCode(error));

const timeouts = new Timeouts({ unresponsive: () => false, unresponsiveTimeoutMs: Number.POSITIVE_INFINITY });

async function within<T>(milliseconds: number, work: Promise<T>, what: string): Promise<T> {
  try {
    return await timeouts.within(milliseconds, work);
  } catch (error) {
    throw error instanceof TimedOut ? new Error(`${what} within ${milliseconds} ms`) : error;
  }
}

/**
 * Hearing is proven and not assumed: what the gateway's own pool says must arrive here. It does not if this connection
 * leads to another database, or to a pooler that hands each transaction to whichever connection is free.
 */
async function proveDelivery(client: pg.Client, { db, onChange }: ListeningOptions): Promise<void> {
  const proof = `proof ${randomUUID()}`;
  const heard = new Promise<void>((resolve) => {
    client.on("notification", ({ payload = "" }) => {
      const change = parseChange(payload);
      if (change !== undefined) onChange(change);
      else if (payload === proof) resolve();
    });
  });
  await within(CONNECT_TIMEOUT_MS, client.query(`LISTEN ${CHANNEL}`), "no sign of life");
  await db.any(NOTIFY, [CHANNEL, proof]);
  await within(DELIVERY_TIMEOUT_MS, heard, "it is not heard").catch((cause: unknown) => {
    const text =
      "what the database announces is not heard on the listening connection (see db_listen_connection_string)";
    throw new NotDelivered(text, { cause });
  });
}

/** Listens on one connection. Rejects when that breaks, or is ended. */
export async function listenOnce(options: ListeningOptions): Promise<never> {
  const { connectionString, signal, onConnected } = options;
  const client = new pg.Client({
    connectionString,
    application_name: "container-gateway changes",
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  const broken = new AbortController();
  client.on("error", (error) => broken.abort(error));
  client.on("end", () => broken.abort(new Error("the connection was closed")));
  const onClose = () => broken.abort(new Error("the feed is closed"));
  signal.addEventListener("abort", onClose);
  const unlessBroken = <Result>(work: Promise<Result>) => unlessAborted(broken.signal, work);
  try {
    await unlessBroken(client.connect());
    await unlessBroken(proveDelivery(client, options));
    onConnected();
    for (;;) {
      await unlessBroken(sleep(HEARTBEAT_INTERVAL_MS, undefined, { ref: false }));
      await unlessBroken(within(HEARTBEAT_TIMEOUT_MS, client.query("SELECT 1"), "no sign of life"));
    }
  } finally {
    signal.removeEventListener("abort", onClose);
    // A polite goodbye may never be answered.
    client.removeAllListeners("notification");
    void client.end().catch(() => undefined);
  }
}
