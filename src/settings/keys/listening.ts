/** Where the gateway is reached, and under which name. */
import { count, list, listenAddress, origin, pemFile, proxyAddress } from "../values.ts";

/** Each with its kind, its default and its meaning. */
export const LISTENING = {
  listen: list(listenAddress)
    .default([{ transport: "https", host: "0.0.0.0", port: 9443 }])
    .describe(
      "Where to listen: any of `https://host:port`, `http://host:port`, `unix:/path`; `systemd:https`, `systemd:http`, `systemd:unix` for each socket of a socket unit of systemd, in its order. Katello's calls need https with a client certificate, or a unix socket that `trusted_proxies` does not name.",
    ),
  listen_backlog: count(1, 65_535)
    .default(4096)
    .describe(
      "Connections of each listener that may wait in the kernel until a worker accepts them. The kernel allows at most `net.core.somaxconn`. Of more at once, the rest try again after 1, 3 and 7 seconds.",
    ),
  ssl_certificate: pemFile.optional().describe("The certificate of the https listeners, with its chain."),
  ssl_private_key: pemFile.optional().describe("Its key."),
  public_url: origin
    .optional()
    .describe(
      "The origin by which clients reach this gateway, for challenges. When left out, the request's own host if it is a name in `ssl_certificate` or the address that was reached, else the first name there that is no wildcard, or that address. Needed where a reverse proxy takes plain http from clients and connects to the gateway over TLS.",
    ),
  trusted_proxies: list(proxyAddress)
    .default([])
    .describe(
      "Reverse proxies in front: addresses, networks, `unix` (every unix listener) or `unix:/path` (that one), or common names of client certificates that `ssl_ca_file` has signed. The gateway believes them the scheme and host that the client used (`X-Forwarded-*`, `Forwarded`; of a list the last value; always https where the reverse proxy itself connects over TLS), its address, and its consumer certificate (`X_RHSM_SSL_CLIENT_CERT`). Everything at a trusted address is believed: an Apache that shows no client certificate shares its address with all programs of its machine. A unix listener that is named here administers nothing.",
    ),
} as const;
