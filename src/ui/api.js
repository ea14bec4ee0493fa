/** Calls of the administration API. */

/** @typedef {import("../generated/openapi.ts").components["schemas"]} Schemas */

/** Time for a reply, also of a gateway that hangs. */
const TIMEOUT_MS = 30_000;

/** An error of the API; status 0 if the gateway can't be reached. */
export class ApiError extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Called when there is no session any more. @type {() => void} */
let onSignedOut = () => undefined;

/** @param {() => void} callback */
export function whenSignedOut(callback) {
  onSignedOut = callback;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Record<string, string>} [headers]
 * @returns {Promise<any>} body of the reply
 * @throws {ApiError}
 */
export async function call(method, path, headers = {}) {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const reply = await fetch(path, { method, headers, cache: "no-store", signal }).catch(() => {
    throw new ApiError(0, "the gateway can't be reached");
  });
  const body = await reply.json().catch(() => undefined);
  if (reply.ok) return body;
  if (reply.status === 401 && path !== "/admin/session") onSignedOut();
  throw new ApiError(reply.status, body?.errors?.[0]?.message ?? `the gateway replied ${reply.status}`);
}

/**
 * Path with a query; absent values are left out.
 * @param {string} path
 * @param {Record<string, string | number | undefined>} query
 */
export function withQuery(path, query) {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/** @param {string} path @param {Record<string, string | number | undefined>} [query] */
export const get = (path, query = {}) => call("GET", withQuery(path, query));
