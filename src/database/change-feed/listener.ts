/** A connection that receives notifications, and verifies that they arrive. */
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

/** Dependencies of a listening connection. */
export interface ListeningOptions {
  /** A plain libpq URL of the database itself, not of a transaction pooler. */
  readonly connectionString: string;
  /** The pool whose notifications must arrive. */
  readonly db: Database;
  /** Closes the connection. */
  readonly signal: AbortSignal;
  readonly onChange: (change: Change) => void;
  /** Called once a test notification has arrived. */
  readonly onConnected: () => void;
}

/** Interval and timeout of the heartbeat, so that a dead connection is detected within a second. */
const HEARTBEAT_INTERVAL_MS = 400;
const HEARTBEAT_TIMEOUT_MS = 600;
/** Timeout of connecting. */
const CONNECT_TIMEOUT_MS = 2_000;
/** Timeout of the test notification. */
const DELIVERY_TIMEOUT_MS = 1_000;

/** PostgreSQL replies to queries but does not deliver notifications. */
class NotDelivered extends Error {}

/** Returns true if an error means that PostgreSQL sent no reply: neither an error of its own nor a limit of the gateway. */
export const isUnresponsive = (error: unknown): boolean =>
  isRegistryError(error)
    ? isUnreachable(error)
    : !(error instanceof NotDelivered) && !isSqlState(errorCode(error));

const timeouts = new Timeouts({ unresponsive: () => false, unresponsiveTimeoutMs: Number.POSITIVE_INFINITY });

async function within<T>(timeoutMs: number, work: Promise<T>, failure: string): Promise<T> {
  try {
    return await timeouts.within(timeoutMs, work);
  } catch (error) {
    throw error instanceof TimedOut ? new Error(`${failure} within ${timeoutMs} ms`) : error;
  }
}

/**
 * Verifies that a notification sent by the pool arrives on this connection. It does not if the connection leads to another
 * database, or to a transaction pooler.
 */
async function verifyDelivery(client: pg.Client, { db, onChange }: ListeningOptions): Promise<void> {
  const test = `test ${randomUUID()}`;
  const delivered = new Promise<void>((resolve) => {
    client.on("notification", ({ payload = "" }) => {
      const change = parseChange(payload);
      if (change !== undefined) onChange(change);
      else if (payload === test) resolve();
    });
  });
  await within(CONNECT_TIMEOUT_MS, client.query(`LISTEN ${CHANNEL}`), "no reply");
  await db.any(NOTIFY, [CHANNEL, test]);
  await within(DELIVERY_TIMEOUT_MS, delivered, "not delivered").catch((cause: unknown) => {
    const text =
      "PostgreSQL does not deliver notifications on the listening connection; set db_listen_connection_string to the database itself if db_connection_string leads to a transaction pooler";
    throw new NotDelivered(text, { cause });
  });
}

/** Listens on one connection, and rejects when it breaks or is closed. */
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
    await unlessBroken(verifyDelivery(client, options));
    onConnected();
    for (;;) {
      await unlessBroken(sleep(HEARTBEAT_INTERVAL_MS, undefined, { ref: false }));
      await unlessBroken(within(HEARTBEAT_TIMEOUT_MS, client.query("SELECT 1"), "no reply to the heartbeat"));
    }
  } finally {
    signal.removeEventListener("abort", onClose);
    // Not awaited: a dead server never confirms the end of the connection.
    client.removeAllListeners("notification");
    void client.end().catch(() => undefined);
  }
}
