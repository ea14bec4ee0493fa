/** Client of the container registry gateway for browsers: the same methods, sent by `fetch` with the cookies of the page. */
import type { Client } from "../generated/client.ts";
import { type CallerOptions, clientOver } from "./gateway-client.ts";

export type { Client } from "../generated/client.ts";
export type { ErrorCode } from "../generated/error-codes.ts";
export type { components, operations, paths } from "../generated/openapi.ts";
export { GatewayError, unwrap } from "./errors.ts";
export { asForm, encodeForm, type FormValue } from "./forms.ts";
export type { CallerOptions } from "./gateway-client.ts";
export { basicAuthorization, type Login, type Send } from "./session.ts";

/** Options of a client in a browser. */
export interface BrowserOptions extends CallerOptions {
  /** URL of the gateway; by default that of the page. */
  readonly url?: string;
}

/**
 * Creates a client. Without a token or login the session of the page counts, if it has one.
 * @example
 * const gateway = createGatewayClient();
 * const { users } = await unwrap(gateway.getUserList());
 */
export const createGatewayClient = (options: BrowserOptions = {}): Client =>
  clientOver((request) => fetch(request), (options.url ?? "").replace(/\/+$/, ""), options);
