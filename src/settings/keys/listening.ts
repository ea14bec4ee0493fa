/** Listeners and public address of the gateway. */
import { z } from "zod";
import {
  cipherList,
  count,
  list,
  listenAddress,
  networkAddress,
  origin,
  pemFiles,
  proxyAddress,
} from "../values.ts";

/** Type, default and description of each setting. */
export const LISTENING = {
  listen: list(listenAddress)
    .default([{ transport: "https", host: "0.0.0.0", port: 9443 }])
    .describe(
      "Addresses to listen on: `https://host:port`, `http://host:port`, `unix:/path`, or `systemd:https`, `systemd:http`, `systemd:unix` for each socket of a systemd socket unit, in its order. Katello's calls need https with a client certificate, or a unix socket that `trusted_proxies` does not name.",
    ),
  listen_backlog: count(1, 65_535)
    .default(4096)
    .describe(
      "Maximum number of connections of each listener that wait in the kernel until a worker accepts them. The kernel allows at most `net.core.somaxconn`. Clients beyond that retry after 1, 3 and 7 seconds.",
    ),
  ssl_certificate: pemFiles
    .optional()
    .describe(
      "Certificate of the https listeners, with its chain. It may be a list of two with different kinds of keys, RSA and ECDSA: clients that support ECDSA get that one, with which a handshake costs a fraction of the time; all others get the RSA certificate.",
    ),
  ssl_private_key: pemFiles
    .optional()
    .describe("Private key of `ssl_certificate`; for a list the keys in the same order."),
  tls_min_version: z
    .enum(["TLSv1.2", "TLSv1.3"])
    .default("TLSv1.2")
    .describe(
      "Oldest version of TLS that the https listeners and the façade accept: `TLSv1.2` or `TLSv1.3`.",
    ),
  tls_ciphers: cipherList
    .optional()
    .describe(
      "Ciphers of the https listeners and the façade, as an OpenSSL list such as `ECDHE+AESGCM:-SHA`, in the order of preference; `-NAME` and `!NAME` remove ciphers. Ciphers of TLS 1.3 have names that begin with `TLS_`; a list without any leaves them as they are. Defaults to those of Node.js.",
    ),
  public_url: origin
    .optional()
    .describe(
      "Origin by which clients reach the gateway, used in challenges. If absent, it is the request's `Host`, if that is a name in `ssl_certificate` or the address that the client connected to; otherwise the first name in `ssl_certificate` that is no wildcard; without one the address that the client connected to. Required if a reverse proxy accepts plain http from clients and connects to the gateway over TLS.",
    ),
  trusted_proxies: list(proxyAddress)
    .default([])
    .describe(
      "Reverse proxies in front: addresses, networks, `unix` (every unix listener) or `unix:/path` (that one), or common names of client certificates signed by `ssl_ca_file`. From their headers the gateway takes the scheme and host that the client used (`X-Forwarded-*` and `Forwarded`, the last value of a list), the client's address, and the client's consumer certificate (`X_RHSM_SSL_CLIENT_CERT`). If the reverse proxy connects over TLS, the scheme is always https. Every program at a trusted address is trusted: an Apache without a client certificate shares its address with all programs of its machine. Administration is refused on a unix listener that is named here.",
    ),
  proxy_protocol_from: list(networkAddress)
    .default([])
    .describe(
      "Addresses and networks of load balancers that pass TLS on and begin each connection with a PROXY header, version 1 or 2, such as HAProxy with `send-proxy-v2`. At `listen` and `facade_listen` a connection from one of them without a valid header is closed; from everybody else it must have none. The address in the header is the client's everywhere: for limits, logs, `trusted_proxies`, `facade_from`. Every program at such an address can claim any address. Health checks are welcome with and without a client's address (`LOCAL`, `UNKNOWN`). `admin_listen` and `metrics_listen` expect no header.",
    ),
} as const;
