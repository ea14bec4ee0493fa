/**
 * Client of the container registry gateway for Foreman and Katello: a method for each operation of its contract, with typed
 * parameters, replies and errors.
 */

import { type Connection, connect } from "./connection.ts";
import { createClient } from "./generated/client.ts";
import { pathOf } from "./paths.ts";
import { type Login, withLogin, withToken } from "./session.ts";

export type { Connection } from "./connection.ts";
export { GatewayError, unwrap } from "./errors.ts";
export { asForm, encodeForm, type FormValue } from "./forms.ts";
export type { Client } from "./generated/client.ts";
export type { ErrorCode } from "./generated/error-codes.ts";
export type { components, operations, paths } from "./generated/openapi.ts";
export type { Login } from "./session.ts";

/** Options of a client: where the gateway is, and who calls. */
export interface GatewayOptions extends Connection {
  /** A registry token. */
  readonly token?: string;
  /** A Foreman account. Its token is fetched at the first request, and renewed before it expires. */
  readonly login?: Login;
}

/**
 * Creates a client. Without a token, login, certificate or socket it is anonymous.
 * @example
 * const gateway = createGatewayClient({ url: "https://registry.example.org", login: { name: "alice", password: "changeme" } });
 * const { repositories } = await unwrap(gateway.getCatalog());
 */
export function createGatewayClient(options: GatewayOptions) {
  const { fetch, baseUrl } = connect(options);
  const { token, login } = options;
  const authenticated =
    login !== undefined
      ? withLogin(fetch, baseUrl, login)
      : token !== undefined
        ? withToken(fetch, token)
        : fetch;
  return createClient({ baseUrl, fetch: authenticated, pathSerializer: pathOf });
}

/** A client of a gateway. */
export type GatewayClient = ReturnType<typeof createGatewayClient>;
