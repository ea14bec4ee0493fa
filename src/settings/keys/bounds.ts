/** How much one caller, or all of them, may take. Each answer that meets a bound names its setting. */
import { count, size } from "../values.ts";

/** Each with its kind, its default and its meaning. */
export const BOUNDS = {
  max_connections: count(1, 1_000_000)
    .default(10_000)
    .describe(
      "Connections of clients to each worker, at the most; those of unix sockets and of `trusted_proxies` come on top. When there are as many, the oldest that has sent no whole request gives way; if none has, the next ones are told so (503) and closed, but for Katello and for `/healthz` and `/readyz`. Each takes a file descriptor.",
    ),
  max_connections_per_address: count(1, 1_000_000)
    .default(1000)
    .describe(
      "Connections of one address, or of one IPv6 /64 network, to each worker, at the most, and four times as many of one IPv6 /48 network; `trusted_proxies` and unix sockets have no bound of their own. To be raised where more than some hundred hosts share an address.",
    ),
  max_requests: count(1, 1_000_000)
    .default(5000)
    .describe(
      "Requests that each worker answers at the same time, at the most; others are told to try again (503). `/healthz` and `/readyz` are always answered.",
    ),
  max_requests_per_address: count(1, 1_000_000)
    .default(100)
    .describe(
      "Requests of one address, or of one IPv6 /48 network, that each worker works on at the same time, at the most; further ones wait until it is their turn. Behind a reverse proxy of `trusted_proxies` the address is the client's.",
    ),
  max_header_bytes: size(1024)
    .default(64 * 1024)
    .describe("Bytes of a request's headers at most, such as `64 KiB`; longer ones are refused with 431."),
  header_timeout: count(1, 3600)
    .default(20)
    .describe(
      "Seconds in which the headers of a request must have come, or it is refused with 408; and in which a TLS handshake must have ended, or the connection is closed.",
    ),
  request_timeout: count(1, 86_400)
    .default(300)
    .describe("Seconds in which all of a request must have come, its body included; or 408."),
  idle_timeout: count(1, 86_400)
    .default(75)
    .describe(
      "Seconds after which a connection without a request is closed. Longer than the same time of a proxy in front, so that that one closes first.",
    ),
  stall_timeout: count(1, 86_400)
    .default(120)
    .describe(
      "Seconds after which a connection is closed on which nothing moves while a request is answered, such as that of a client that takes nothing more. Longer than Pulp and Katello may take.",
    ),
  min_client_rate: size(0)
    .default(1024)
    .describe(
      "Bytes a second that a client must take of a long reply while more of it waits, over two minutes, such as `1 KiB`; the connection of a slower one is closed. 0 sets no bound.",
    ),
  max_reply_bytes: size(0)
    .default(64 * 1024 ** 2)
    .describe(
      "Bytes of long replies in each worker that wait for their readers, at the most, such as `64 MiB`, and a quarter of them for one address or one IPv6 /48 network; others are told to try again (503). A reply that many read counts once; blobs, which are passed on piece by piece, don't count.",
    ),
  max_sync_bytes: size(1)
    .default(1024 ** 3)
    .describe("Bytes of one push of Katello's at most, such as `2 GiB`; longer ones are refused with 413."),
  memory_limit: size(0)
    .default(64 * 1024 ** 2)
    .describe(
      "Bytes of memory in each worker for answers of PostgreSQL and Pulp that would otherwise be asked for again and again, such as `64 MiB`; 0 remembers none of them.",
    ),
} as const;
