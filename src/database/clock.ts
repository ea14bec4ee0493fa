/** The clock of the database, which all gateways share, against the clock of this process (`performance.now()`). */
import type { StoreClock } from "../model/logins.ts";
import type { Queries } from "./database.ts";

/** A moment in this process by the database's clock: the time on the wire leaves it open between two limits. */
export interface DatabaseTime {
  readonly earliest: string;
  readonly latest: string;
}

/** Reads the clock along with a query whose row has it as `now`. */
export async function withClock<Row extends { readonly now: Date }>(
  query: () => Promise<Row>,
): Promise<{ readonly row: Row; readonly clock: StoreClock }> {
  const sentAt = performance.now();
  const row = await query();
  return { row, clock: { now: row.now, sentAt, receivedAt: performance.now() } };
}

/** Reads the clock. */
export async function readClock(queries: Pick<Queries, "one">): Promise<StoreClock> {
  const query = () => queries.one<{ now: Date }>("SELECT clock_timestamp() AS now");
  return (await withClock(query)).clock;
}

/** @param moment milliseconds of the process's clock */
export function databaseTime({ now, sentAt, receivedAt }: StoreClock, moment: number): DatabaseTime {
  const at = (elapsedMs: number) => new Date(now.getTime() - elapsedMs).toISOString();
  return { earliest: at(receivedAt - moment), latest: at(sentAt - moment) };
}
