/** Where the gateway is reached, and under which name. */
import { list, listenAddress, origin, pemFile, proxyAddress } from "../values.ts";

/** Each with its kind, its default and its meaning. */
export const LISTENING = {
  listen: list(listenAddress)
    .default([{ transport: "https", host: "0.0.0.0", port: 9443 }])
    .describe(
      "Where to listen: any of `https://host:port`, `http://host:port`, `unix:/path`; `systemd:https`, `systemd:http`, `systemd:unix` for each socket of a socket unit of systemd, in its order. Katello's calls need https with a client certificate, or the unix socket.",
    ),
  ssl_certificate: pemFile.optional().describe("The certificate of the https listeners, with its chain."),
  ssl_private_key: pemFile.optional().describe("Its key."),
  public_url: origin
    .optional()
    .describe(
      "The origin by which clients reach this gateway, for challenges. When left out, the request's own host if it is a name in `ssl_certificate` or the address that was reached, else the first name there that is no wildcard, or that address.",
    ),
  trusted_proxies: list(proxyAddress)
    .default([])
    .describe(
      "Proxies in front: addresses, networks, `unix`, or common names of client certificates that `ssl_ca_file` has signed. Their word counts on the scheme and host that the caller used (`X-Forwarded-*`, `Forwarded`), on its address, and on its consumer certificate (`X_RHSM_SSL_CLIENT_CERT`).",
    ),
} as const;
