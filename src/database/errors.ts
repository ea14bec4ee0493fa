/** Classification of errors from PostgreSQL: an outage, a temporary failure, or anything else. */
import { isNativeError } from "node:util/types";
import { errorCode, errorText } from "../model/error-text.ts";
import { isRegistryError, type RegistryError, unavailable } from "../model/errors.ts";
import { StartupError } from "../model/startup-error.ts";
import type { Outcome } from "../resilience/circuit-breaker.ts";
import { TimedOut } from "./timeouts.ts";

/**
 * SQLSTATE classes and codes of temporary failures: connection, resources, operator intervention, read-only, timeouts. A
 * standby fails with 0A000 for unlogged tables.
 */
const TEMPORARY = /^(?:08|53|57|58|25006|0A000|55000|55P03|40001|40P01|3D000|28)/;
/** SQLSTATE classes and codes of an outage: lost connections, too many connections, startup and shutdown. */
const OUTAGE = /^(?:08|53300|57P0)/;
const SYSTEM_ERRORS = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);
/** Messages of the driver about connections, which have no code. */
const CONNECTION_ERROR = /timeout|terminated|connection error|not queryable|Client was closed/i;
/** SQLSTATE `lock_not_available`: the lock timeout is over. */
const LOCKED = "55P03";
/** Message of the pool if no connection became free in time. */
const POOL_IS_FULL = "timeout exceeded when trying to connect";

/** Cause of every error that means that the database is unreachable. */
class Unreachable extends Error {}

/** None of several hosts accepts writes: one may just be failing over to another. */
export class NoWritableHost extends Error {}

/** Returns true for an SQLSTATE, which only a running server sends. */
export const isSqlState = (code: string): boolean => /^(?=.*\d)[0-9A-Z]{5}$/.test(code);

function isOutage(error: unknown, states: RegExp): boolean {
  const code = errorCode(error);
  return code === "" ? CONNECTION_ERROR.test(errorText(error)) : states.test(code) || SYSTEM_ERRORS.has(code);
}

/**
 * Returns true for an error of a connection to a PostgreSQL that may just be starting up. A file of the client that is
 * missing, such as a certificate, is none.
 */
export const isStartingUp = (error: unknown): boolean =>
  error instanceof NoWritableHost ||
  (!(error instanceof StartupError) &&
    isOutage(error, OUTAGE) &&
    !(
      errorCode(error) === "ENOENT" &&
      isNativeError(error) &&
      "syscall" in error &&
      error.syscall !== "connect"
    ));

const databaseUnavailable = (cause: unknown): RegistryError =>
  unavailable("the database is not available", 2, cause);

/** Makes the error for an unreachable database, in place of which caches may serve stale values. */
export const unreachable = (cause: unknown): RegistryError =>
  databaseUnavailable(cause instanceof Unreachable ? cause : new Unreachable(errorText(cause), { cause }));

/** Returns true if the database was unreachable and sent no reply at all. */
export const isUnreachable = (error: unknown): boolean =>
  isRegistryError(error) && error.cause instanceof Unreachable;

/** Makes the error for a query that got no connection because all are in use. */
export const allInUse = (cause?: unknown): RegistryError =>
  unavailable("all connections to the database are in use (db_max_connections)", 2, cause);

/** Makes the error for a query that got no connection. A full pool is a limit of the gateway and no failure of PostgreSQL. */
export const noConnection = (cause: unknown): Error =>
  errorText(cause) === POOL_IS_FULL
    ? allInUse(cause)
    : new Unreachable(`no connection: ${errorText(cause)}`, { cause });

/** Classifies the error of a query: the outcome for the circuit breaker, and the error for the caller. */
export function classify(error: unknown): { readonly outcome: Outcome; readonly reported: unknown } {
  // Thrown by the gateway itself for another reason, such as the body of a sync.
  if (isRegistryError(error)) return { outcome: "unknown", reported: error };
  if (error instanceof Unreachable || error instanceof TimedOut || isOutage(error, OUTAGE))
    return { outcome: "failure", reported: unreachable(error) };
  if (errorCode(error) === LOCKED)
    return {
      outcome: "success",
      reported: unavailable("the rows to be written are locked in the database", 2, error),
    };
  return {
    outcome: isSqlState(errorCode(error)) ? "success" : "unknown",
    reported: isOutage(error, TEMPORARY) ? databaseUnavailable(error) : error,
  };
}
