/** The client of the administration API, with the session of the page. */
import { createGatewayClient, GatewayError, unwrap } from "./client.js";

/** @typedef {import("./client.js").components["schemas"]} Schemas */

/** Time for a reply, also of a gateway that hangs. */
const TIMEOUT_MS = 30_000;

/** Called when there is no session any more. @type {() => void} */
let onSignedOut = () => undefined;

/** @param {() => void} callback */
export function whenSignedOut(callback) {
  onSignedOut = callback;
}

/** A method for each operation. */
export const gateway = createGatewayClient({
  intercept: async (request, send) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await send(new Request(request, { cache: "no-store", signal }));
    if (response.status === 401 && new URL(request.url).pathname !== "/admin/session") onSignedOut();
    return response;
  },
});

/**
 * Body of a reply. An error has a text for the user.
 * @template Body
 * @param {Parameters<typeof unwrap<Body>>[0]} call
 * @returns {Promise<Body>}
 * @throws {Error}
 */
export const bodyOf = (call) =>
  unwrap(call).catch((cause) => {
    throw cause instanceof GatewayError ? cause : new Error("the gateway can't be reached", { cause });
  });

/** True for the error of a call without a session. @param {unknown} error */
export const isSignedOut = (error) => error instanceof GatewayError && error.status === 401;
