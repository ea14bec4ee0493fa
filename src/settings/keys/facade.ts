/** The façade in front of the Smart Proxy. */
import { count, list, listenAddress, networkAddress, origin } from "../values.ts";

/** Type, default and description of each setting. */
export const FACADE = {
  smart_proxy_url: origin
    .optional()
    .describe(
      "URL of the Smart Proxy behind the façade, such as `https://localhost:9090`. If set, the gateway also listens on `facade_listen`, where the Smart Proxy's record in Foreman points: it serves `/container_gateway/` itself, and passes everything else on to the Smart Proxy. The Smart Proxy's certificate must be signed by a CA in `foreman_ssl_ca` or `ssl_ca_file`, and name the host of this URL or a name in `ssl_certificate`. Apache, with the common name of `foreman_ssl_cert`, is then a trusted reverse proxy.",
    ),
  facade_listen: listenAddress
    .default({ transport: "https", host: "0.0.0.0", port: 9091 })
    .describe(
      "Address of the façade, to which the URL of the Smart Proxy's record leads. An https address; `https://[::]:9091` for IPv6 as well. `systemd:https` takes a socket that systemd passes, after those of `listen`.",
    ),
  facade_from: list(networkAddress)
    .optional()
    .describe(
      "Addresses and networks of Foreman and of Apache. The façade serves their connections; all others it passes on to the Smart Proxy without decrypting them, so that the certificates of hosts reach it. Defaults to the addresses of the host of `foreman_url` and those of this machine.",
    ),
  smart_proxy_max_connections: count(2, 1000)
    .default(40)
    .describe(
      "Maximum number of connections of each worker to the Smart Proxy for requests that the façade passes on. Callers in `trusted_hosts` have half of them to themselves. The Smart Proxy accepts 100 connections in all by default.",
    ),
  smart_proxy_max_waiting: count(0, 100_000)
    .default(200)
    .describe(
      "Maximum number of requests of each worker that wait for such a connection; further ones get 503. Half of these places, too, are for callers in `trusted_hosts`.",
    ),
} as const;
