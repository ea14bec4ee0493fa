/** Administration and metrics. */
import { administrationAddresses, list, listenAddress } from "../values.ts";

/** Type, default and description of each setting. */
export const ADMINISTRATION = {
  admin_listen: administrationAddresses
    .optional()
    .describe(
      "Addresses of administration: `unix:/path` for the commands, `http://127.0.0.1:port` or `https://host:port` for the status page in a browser, or `off`. Everybody who may open the socket is an operator. A browser needs a session; programs over https need a client certificate whose common name is in `trusted_hosts`. Defaults to `unix:/run/container-gateway/admin.sock` if that folder exists.",
    ),
  metrics_listen: list(listenAddress)
    .default([])
    .describe(
      "Addresses that serve `/metrics` to everybody who can reach them, `https://host:port` or `http://host:port`. Operators get the same at `admin_listen`.",
    ),
} as const;
