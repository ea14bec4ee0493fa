/** Text and code of caught values of any type. */
import { isNativeError } from "node:util/types";

/** Message of an error, followed by its causes in brackets. */
export function errorText(error: unknown): string {
  if (!isNativeError(error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} (${errorText(error.cause)})`;
}

/** Code of an error of Node.js or PostgreSQL (`ENOENT`, `3D000`); empty if it has none. */
export const errorCode = (error: unknown): string =>
  isNativeError(error) && "code" in error && typeof error.code === "string" ? error.code : "";
