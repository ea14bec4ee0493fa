/**
 * Which of Katello's words is the last one. A push counts from when it came: what it says was found out before, however
 * long its body takes. All times are those of the database, which all gateways share.
 */

import type { Queries } from "../database/database.ts";
import { named } from "../database/named-parameters.ts";
import type { SyncContext, SyncKind } from "../model/syncs.ts";

/** That a push came, in queries `$<came>` and `$<requestId>`. */
export interface Arrival {
  /** When, as text of PostgreSQL's. */
  readonly came: string;
  readonly requestId: string;
}

/** When a push came by the database's clock. */
export async function arrivalOf(queries: Queries, { started, requestId }: SyncContext): Promise<Arrival> {
  // Rather late than early by the time on the wire: a push that comes after another has been answered is the later one.
  const { came } = await queries.one<{ came: string }>(
    "SELECT (clock_timestamp() - make_interval(secs => $1))::text AS came",
    [(performance.now() - started) / 1000],
  );
  return { came, requestId };
}

/**
 * SQL of whether something was said at a time after the push came; null for a time that is null. A time still to come is
 * from before the clock was set back, and says nothing.
 */
export const isLater = (time: string): string =>
  `(${time} > $<came>::timestamptz AND ${time} <= clock_timestamp())`;

/** Whether a whole push that came later is in force already, which says all that this one could say. */
export async function isOutdated(queries: Queries, kind: SyncKind, arrival: Arrival): Promise<boolean> {
  const { outdated } = await queries.one<{ outdated: boolean }>(
    ...named(
      `SELECT EXISTS (SELECT FROM pushes WHERE kind = $<whole> AND outcome = 'done' AND ${isLater("at")}) AS outdated`,
      { ...arrival, whole: kind === "one_host_grants" ? "host_grants" : kind },
    ),
  );
  return outdated;
}
