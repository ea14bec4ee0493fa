/** What a caught thing says of itself, whatever it is. */
import { isNativeError } from "node:util/types";

/** Its text, with that of its causes behind it in brackets. */
export function errorText(error: unknown): string {
  if (!isNativeError(error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} (${errorText(error.cause)})`;
}

/** Its code, as Node.js and PostgreSQL give it (`ENOENT`, `3D000`); empty if it has none. */
export const errorCode = (error: unknown): string =>
  isNativeError(error) && "code" in error && typeof error.code === "string" ? error.code : "";
