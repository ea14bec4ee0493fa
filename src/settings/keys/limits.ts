/** Limits, per client and in total. Each refusal names the setting of its limit. */
import { count, size } from "../values.ts";

/** Type, default and description of each setting. */
export const LIMITS = {
  max_connections: count(1, 1_000_000)
    .default(10_000)
    .describe(
      "Maximum number of client connections to each worker, not counting unix sockets and `trusted_proxies`. At the limit, a new connection replaces the oldest one that has not sent a complete request. If there is none, new connections get 503 and are closed, except for Katello's calls, `/healthz` and `/readyz`. Each connection takes a file descriptor.",
    ),
  max_connections_per_address: count(1, 1_000_000)
    .default(1000)
    .describe(
      "Maximum number of connections of one address, or of one IPv6 /64 network, to each worker; an IPv6 /48 network may have four times as many. `trusted_proxies` and unix sockets have no such limit. Raise it if more than a few hundred hosts share an address.",
    ),
  max_requests: count(1, 1_000_000)
    .default(5000)
    .describe(
      "Maximum number of concurrent requests of each worker; further ones get 503. `/healthz`, `/readyz` and Katello's calls are exempt.",
    ),
  max_requests_per_address: count(1, 1_000_000)
    .default(100)
    .describe(
      "Maximum number of concurrent requests of one address, or of one IPv6 /48 network, to each worker; further ones wait. Behind a reverse proxy in `trusted_proxies` the address is the client's.",
    ),
  max_header_bytes: size(1024)
    .default(64 * 1024)
    .describe("Maximum size of the headers of a request, such as `64 KiB`; longer ones get 431."),
  max_header_lines: count(50, 10_000)
    .default(500)
    .describe(
      "A request with this many header lines or more is refused with 431, and its address is not served for 10 seconds. A line takes far more memory than its bytes.",
    ),
  header_timeout: count(1, 3600)
    .default(20)
    .describe(
      "Timeout in seconds for the headers of a request, after which it gets 408, and for a TLS handshake, after which the connection is closed.",
    ),
  request_timeout: count(1, 86_400)
    .default(300)
    .describe(
      "Timeout in seconds for receiving a whole request, including its body, after which it gets 408.",
    ),
  idle_timeout: count(1, 86_400)
    .default(75)
    .describe(
      "Timeout in seconds after which an idle connection is closed. It must be longer than the idle timeout of a reverse proxy in front, so that the reverse proxy closes first.",
    ),
  shutdown_delay: count(0, 300)
    .default(0)
    .describe(
      "Time in seconds for which a gateway that has been told to stop still accepts connections, while `/readyz` is 503. Choose more than the load balancer needs to notice, so that it has stopped sending connections before the gateway stops. The packages' units allow 60 seconds for a stop: if you set more than 20, raise their `TimeoutStopSec`.",
    ),
  stall_timeout: count(1, 86_400)
    .default(120)
    .describe(
      "Timeout in seconds after which a connection is closed if no data moves during a request, for example because the client has stopped reading. It must be longer than `pulp_timeout` and `foreman_timeout`.",
    ),
  min_client_rate: size(0)
    .default(1024)
    .describe(
      "Minimum rate in bytes per second at which a client must read a long reply, such as `1 KiB`, measured over at least two minutes; slower clients are disconnected. 0 disables the limit.",
    ),
  max_reply_bytes: size(0)
    .default(64 * 1024 ** 2)
    .describe(
      "Maximum bytes of long replies in each worker that clients have not read yet, such as `64 MiB`. One address, or one IPv6 /48 network, may have a quarter of them. Further replies are refused with 503. A reply that several clients read counts once; blobs, which are streamed, do not count.",
    ),
  max_sync_bytes: size(1)
    .default(1024 ** 3)
    .describe("Maximum size of one sync of Katello, such as `2 GiB`; longer ones get 413."),
  memory_limit: size(0)
    .default(64 * 1024 ** 2)
    .describe(
      "Size of the cache of each worker for results of PostgreSQL and Pulp, such as `64 MiB`; 0 disables it.",
    ),
} as const;
