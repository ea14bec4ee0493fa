/** What an error says of PostgreSQL: that it is away, that it can't do it now, or nothing at all. */

import { errorCode, errorText } from "../model/error-text.ts";
import { isRegistryError, type RegistryError, unavailable } from "../model/errors.ts";
import type { Outcome } from "../resilience/circuit-breaker.ts";
import { TimedOut } from "./timeouts.ts";

/**
 * SQLSTATE classes and codes that mean "not now": connection, resources, operator intervention, read-only, timeouts. A
 * standby says 0A000 of tables that are not logged.
 */
const NOT_NOW = /^(?:08|53|57|58|25006|0A000|55000|55P03|40001|40P01|3D000|28)/;
/** Those of a server that is not there for anybody: lost connections, too many of them, its start and its end. */
const AWAY = /^(?:08|53300|57P0)/;
const SYSTEM = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);
/** What the driver says of a connection, without a code. */
const CONNECTION = /timeout|terminated|connection error|not queryable|Client was closed/i;
/** The SQLSTATE of who has waited too long for a lock. */
const LOCKED = "55P03";
/** What the pool says to whom it could give no connection in time, although it has as many as it may. */
const POOL_IS_FULL = "timeout exceeded when trying to connect";

/** Why the database could not be asked at all. */
class Unreachable extends Error {}

/** Whether only a database can have said this that is there, be it no. */
export const isSqlState = (code: string): boolean => /^(?=.*\d)[0-9A-Z]{5}$/.test(code);

function isOutage(error: unknown, states: RegExp): boolean {
  const code = errorCode(error);
  return code === "" ? CONNECTION.test(errorText(error)) : states.test(code) || SYSTEM.has(code);
}

const noAnswer = (cause: unknown): RegistryError => unavailable("the database does not answer", 2, cause);

/** The error for a database that could not be asked, for which memory may stand in. */
export const unreachable = (cause: unknown): RegistryError =>
  noAnswer(cause instanceof Unreachable ? cause : new Unreachable(errorText(cause), { cause }));

/** Whether the database could not be asked, and has said nothing, not even no. */
export const isUnreachable = (error: unknown): boolean =>
  isRegistryError(error) && error.cause instanceof Unreachable;

/** The error for who has waited in vain for a connection that serves somebody else. */
export const allInUse = (cause?: unknown): RegistryError =>
  unavailable("all connections to the database are in use (db_max_connections)", 2, cause);

/** The error for who got no connection. That all are in use is our own bound, and no failure of the database. */
export const noConnection = (cause: unknown): Error =>
  errorText(cause) === POOL_IS_FULL
    ? allInUse(cause)
    : new Unreachable(`no connection: ${errorText(cause)}`, { cause });

/** What came of a question that failed: for the breaker, and for who asked. */
export function judge(error: unknown): { readonly outcome: Outcome; readonly told: unknown } {
  // Somebody here has found a fault elsewhere, such as in the body of a push.
  if (isRegistryError(error)) return { outcome: "unknown", told: error };
  if (error instanceof Unreachable || error instanceof TimedOut || isOutage(error, AWAY))
    return { outcome: "bad", told: unreachable(error) };
  if (errorCode(error) === LOCKED)
    return {
      outcome: "good",
      told: unavailable("what is to be written is locked in the database", 2, error),
    };
  return {
    outcome: isSqlState(errorCode(error)) ? "good" : "unknown",
    told: isOutage(error, NOT_NOW) ? noAnswer(error) : error,
  };
}
