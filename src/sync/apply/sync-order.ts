/**
 * Recency of data from Katello. A sync counts from the time of its arrival, however long its body takes, because Katello
 * collected its data before. All times are from the database's clock, which all gateways share.
 */

import type { Queries } from "../../database/database.ts";
import { named } from "../../database/named-parameters.ts";
import type { SyncContext, SyncKind } from "../../model/syncs.ts";

/** Arrival of a sync, in queries `$<came>` and `$<requestId>`. */
export interface Arrival {
  /** Time of the arrival, as PostgreSQL writes it. */
  readonly came: string;
  readonly requestId: string;
}

/** Determines the arrival of a sync on the database's clock. */
export async function arrivalOf(queries: Queries, { started, requestId }: SyncContext): Promise<Arrival> {
  // The latency of the query makes the time rather late than early, so a sync that arrives after the reply to another one is later.
  const { came } = await queries.one<{ came: string }>(
    "SELECT (clock_timestamp() - make_interval(secs => $1))::text AS came",
    [(performance.now() - started) / 1000],
  );
  return { came, requestId };
}

/**
 * Returns SQL that is true if a time is after the arrival of the sync; null for null. A time in the future is from before the
 * clock was set back, and is ignored.
 */
export const isLater = (time: string): string =>
  `(${time} > $<came>::timestamptz AND ${time} <= clock_timestamp())`;

/** Resolves to true if a later sync of all subjects has been applied, which supersedes this one. */
export async function isOutdated(queries: Queries, kind: SyncKind, arrival: Arrival): Promise<boolean> {
  const { outdated } = await queries.one<{ outdated: boolean }>(
    ...named(
      `SELECT EXISTS (SELECT FROM pushes WHERE kind = $<whole> AND outcome = 'done' AND ${isLater("at")}) AS outdated`,
      { ...arrival, whole: kind === "one_host_grants" ? "host_grants" : kind },
    ),
  );
  return outdated;
}
