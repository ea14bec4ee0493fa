/** Administration and metrics. */
import { administrationAddress, list, listenAddress } from "../values.ts";

/** Type, default and description of each setting. */
export const ADMINISTRATION = {
  admin_listen: administrationAddress
    .optional()
    .describe(
      "Address of administration, for the commands and for monitoring: `unix:/path`, `https://host:port`, or `off`. Everybody who may open the socket is an administrator; over https a client certificate in `trusted_hosts` is needed. Defaults to `unix:/run/container-gateway/admin.sock` if that folder exists.",
    ),
  metrics_listen: list(listenAddress)
    .default([])
    .describe(
      "Addresses that serve `/metrics` to everybody who can reach them, `https://host:port` or `http://host:port`. Administrators get the same at `admin_listen`.",
    ),
} as const;
