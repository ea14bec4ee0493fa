/**
 * Client of the container registry gateway for Foreman and Katello, for Node.js: a method for each operation of its contract,
 * with typed parameters, replies and errors.
 */
import type { Client } from "../generated/client.ts";
import { type Connection, connect } from "./connection.ts";
import { type CallerOptions, clientOver } from "./gateway-client.ts";

export type { Client } from "../generated/client.ts";
export type { ErrorCode } from "../generated/error-codes.ts";
export type { components, operations, paths } from "../generated/openapi.ts";
export type { Connection } from "./connection.ts";
export { GatewayError, unwrap } from "./errors.ts";
export { asForm, encodeForm, type FormValue } from "./forms.ts";
export type { CallerOptions } from "./gateway-client.ts";
export { basicAuthorization, type Login, type Send } from "./session.ts";

/** Options of a client: where the gateway is, and who calls. */
export interface GatewayOptions extends Connection, CallerOptions {}

/** A client of a gateway. */
export interface GatewayClient extends Client {
  /** Closes its connections. A request in flight fails; a later one opens a new connection. */
  close(): void;
}

/**
 * Creates a client. Without a token, login, certificate or socket it is anonymous.
 * @example
 * const gateway = createGatewayClient({ url: "https://registry.example.org", login: { name: "alice", password: "changeme" } });
 * const { repositories } = await unwrap(gateway.getCatalog());
 * @throws Error without `url` and `socketPath`
 */
export function createGatewayClient(options: GatewayOptions): GatewayClient {
  const { send, baseUrl, close } = connect(options);
  return { ...clientOver(send, baseUrl, options), close };
}
