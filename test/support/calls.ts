/** Single calls of a gateway that is known by its URL alone, each over a connection of its own. */
import {
  basicAuthorization,
  createGatewayClient,
  type GatewayClient,
  type GatewayOptions,
  type Login,
  unwrap,
} from "../../src/client/index.ts";

/** Opens a client, calls the gateway, and closes the connection. */
export async function callAt<Result>(
  url: string,
  call: (gateway: GatewayClient) => Promise<Result>,
  options: GatewayOptions = {},
): Promise<Result> {
  const gateway = createGatewayClient({ url, ...options });
  try {
    return await call(gateway);
  } finally {
    gateway.close();
  }
}

/** Logs in and returns the token. @throws GatewayError if the login is refused */
export async function tokenAt(url: string, login: Login): Promise<string> {
  const headers = { authorization: basicAuthorization(login) };
  return (await callAt(url, (gateway) => unwrap(gateway.getToken({ headers })))).token;
}

/** Status of the pull of a manifest, by default that of `latest`. */
export async function pullAt(
  url: string,
  token: string,
  name: string,
  reference = "latest",
): Promise<number> {
  const params = { path: { name, reference } };
  const pull = (gateway: GatewayClient) => gateway.getManifest({ params });
  return (await callAt(url, pull, { token })).response.status;
}

/** Status of `/healthz`. */
export const healthAt = async (url: string): Promise<number> =>
  (await callAt(url, (gateway) => gateway.getHealth())).response.status;

/** Status of `/readyz`. */
export const readinessAt = async (url: string): Promise<number> =>
  (await callAt(url, (gateway) => gateway.getReadiness())).response.status;
