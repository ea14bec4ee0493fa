/** The settings one by one, with what they mean and what they are when left out. */
import { availableParallelism, homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { plainConnectionString } from "../caches/connection-string.ts";
import { count, flag, list, listenAddress, origin, pemFile, proxyAddress, size } from "./values.ts";

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

/** Where an embedded PostgreSQL keeps its data unless told otherwise. */
function defaultDataDir(): string {
  if (process.getuid?.() === 0) return "/var/lib/container-gateway";
  return join(process.env.XDG_DATA_HOME ?? join(homedir(), ".local", "share"), "container-gateway");
}

const connectionString = z.string().transform((text, context): string => {
  try {
    if (/^postgres(?:ql)?:\/\//.test(text)) return plainConnectionString(text);
  } catch {
    // said below, without the text: it may hold a password
  }
  context.addIssue("must be a libpq URL with one host at the most, such as postgresql:///container_gateway");
  return z.NEVER;
});

/** The settings one by one; docs/settings.md is written from this. */
export const KEYS = {
  listen: list(listenAddress)
    .default([{ transport: "https", host: "0.0.0.0", port: 9443 }])
    .describe(
      "Where to listen: any of `https://host:port`, `http://host:port`, `unix:/path`; `systemd:https`, `systemd:http`, `systemd:unix` for each socket of a socket unit of systemd, in its order. Katello's calls need https with a client certificate, or the unix socket.",
    ),
  ssl_certificate: pemFile.optional().describe("The certificate of the https listeners, with its chain."),
  ssl_private_key: pemFile.optional().describe("Its key."),
  ssl_ca_file: pemFile
    .optional()
    .describe(
      "The authority that signs the client certificates of Katello and Foreman; with authorities between, all of them: what a client sends along counts for nothing.",
    ),
  trusted_hosts: list(z.string().min(1))
    .default([])
    .describe(
      "Common names of the client certificates that may push and administer, such as the Foreman server's.",
    ),
  rhsm_ca_file: pemFile
    .optional()
    .describe(
      "The authority of the consumer certificates of registered hosts, likewise with those between. Hosts are not known by them when left out.",
    ),
  rhsm_crl_file: z
    .string()
    .startsWith("/", "must be an absolute path")
    .optional()
    .describe(
      "Revocation lists of the authorities in `rhsm_ca_file`, PEM or DER, each signed by the authority itself. Read again when the file changes; one that can't be used leaves the last good one in force, and keeps the gateway from starting. A list past its time still counts, with a warning in the log.",
    ),
  foreman_url: origin.describe("The Foreman server with Katello, which checks logins."),
  foreman_ssl_ca: pemFile
    .optional()
    .describe("The authority of the Foreman server's certificate; the system's authorities when left out."),
  foreman_ssl_cert: pemFile.optional().describe("The client certificate to show to Foreman."),
  foreman_ssl_key: pemFile.optional().describe("Its key."),
  katello_registry_path: z
    .string()
    .regex(/^\/[\x21-\x7e]*$/, "must begin with a slash")
    .transform((path) => (path.endsWith("/") ? path : `${path}/`))
    .default("/v2/")
    .describe("The path of Katello's registry on the Foreman server."),
  foreman_timeout: count(1, 60)
    .default(30)
    .describe("Seconds until an answer of Katello must begin, and between two pieces of it."),
  pulp_endpoint: origin.describe("Pulp, which has the content."),
  pulp_client_ssl_ca: pemFile
    .optional()
    .describe("The authority of Pulp's certificate; `foreman_ssl_ca` when left out."),
  pulp_client_ssl_cert: pemFile
    .optional()
    .describe("The client certificate to show to Pulp; `foreman_ssl_cert` when left out."),
  pulp_client_ssl_key: pemFile.optional().describe("Its key; `foreman_ssl_key` when left out."),
  pulp_max_connections: count(1, 10_000)
    .default(32)
    .describe("Connections of each worker to Pulp, at the most."),
  pulp_max_waiting: count(0, 1_000_000)
    .default(1000)
    .describe(
      "Requests of each worker that wait for one of them, at the most; others are told to try again (503).",
    ),
  pulp_timeout: count(1, 600)
    .default(60)
    .describe(
      "Seconds until an answer of Pulp must begin, and between two pieces of it. Pulp's own workers give up after 90.",
    ),
  pulp_content_origins: list(origin)
    .default([])
    .describe(
      "Other origins by which Pulp names itself in redirects (its `CONTENT_ORIGIN`). A redirect to any other origin, such as an object storage's, stays as it is, but has to be presigned, and to lead there by https unless `client_endpoint` is plain http; otherwise it is refused (502).",
    ),
  client_endpoint: origin
    .optional()
    .describe(
      "The origin by which clients reach Pulp's content; redirects to Pulp's own origins are rewritten to it, and where it is https, others by plain http are refused. `pulp_endpoint` when left out. Best the host that clients pull from: some refuse redirects to another private address.",
    ),
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
  content_delivery: z
    .enum(["redirect", "stream"])
    .default("redirect")
    .describe(
      "`redirect`: clients fetch blobs from Pulp's content app or its object storage. `stream`: the gateway fetches and passes on, for clients that can't reach those.",
    ),
  stream_limit: count(1, 100_000)
    .default(256)
    .describe("Transfers that each worker streams at the same time, at the most."),
  redirect_ttl: count(0, 86_400)
    .default(600)
    .describe(
      "Seconds for which is kept where Pulp says a blob is, and that a repository has a manifest of a digest. Never longer than the signed location itself is good.",
    ),
  tag_ttl: count(0, 3600)
    .default(5)
    .describe(
      "Seconds for which is kept what may change at any moment: what a tag means, that something isn't there, the Flatpak index.",
    ),
  login_ttl: count(0, 3600)
    .default(5)
    .describe(
      "Seconds for which a login that succeeded serves the same credentials again without a question to Katello; 0 asks for each.",
    ),
  login_attempts: count(0, 100_000)
    .default(10)
    .describe(
      "Logins of an account that may fail at one address within five minutes, before more are answered with 429 for the rest of that time; of all accounts together twenty times as many. All workers and gateways count together. 0 sets no bound.",
    ),
  token_recheck: count(0, 86_400)
    .default(60)
    .describe(
      "Seconds of use after which Katello is asked again whether a token is good, in the background; a token that it refuses is dropped at all gateways. Never for 0: a token then lives to its end, about six minutes after the last login.",
    ),
  grants_ttl: count(0, 31_536_000)
    .default(3600)
    .describe(
      "Seconds after which the grants of a host that asks are fetched from Katello again, in the background; never for 0.",
    ),
  flatpak_index: z
    .enum(["filtered", "open"])
    .default("filtered")
    .describe(
      "`filtered`: the Flatpak index shows what the caller may pull. `open`: it shows names and labels to all, for flatpak never logs in to the index. Pulls are authorized all the same.",
    ),
  db_connection_string: connectionString
    .optional()
    .describe(
      "The PostgreSQL database, as a libpq URL. One on another machine is verified with `sslmode=verify-full` and `sslrootcert` alone, as with libpq. An embedded PostgreSQL in `data_dir` when left out.",
    ),
  db_listen_connection_string: connectionString
    .optional()
    .describe(
      "The same database by a way that keeps its connections, for hearing of changes; needed if `db_connection_string` leads through a pooler that hands out connections by transaction. `db_connection_string` when left out.",
    ),
  db_max_connections: count(2, 1000)
    .default(10)
    .describe(
      "Connections of each worker to PostgreSQL, at the most, beside the one that hears of changes. Two of them are for Katello's pushes alone, or one where there are only two.",
    ),
  db_pool_timeout: count(1, 300)
    .default(5)
    .describe(
      "Seconds to wait for a free connection; whoever finds none is told to try again (503). Katello's pushes wait 50.",
    ),
  outage_grace: count(0, 3600)
    .default(60)
    .describe(
      "Seconds for which is believed what is remembered of tokens, hosts and grants while PostgreSQL can't be asked at all; 0 believes nothing then. A change that is made elsewhere in that time, on the other side of a broken network, is not seen here before PostgreSQL answers or the time is over.",
    ),
  max_connections: count(1, 1_000_000)
    .default(10_000)
    .describe(
      "Connections of clients to each worker, at the most. The next ones are told so (503) and closed, any more are closed at once. Each takes a file descriptor.",
    ),
  max_connections_per_address: count(1, 1_000_000)
    .default(5000)
    .describe(
      "As many of one address, to each worker, where an IPv6 address stands for its /64 network; `trusted_proxies` and unix sockets have no bound of their own.",
    ),
  max_requests: count(1, 1_000_000)
    .default(5000)
    .describe(
      "Requests that each worker answers at the same time, at the most; others are told to try again (503). `/healthz` and `/readyz` are always answered.",
    ),
  max_header_bytes: size(1024)
    .default(64 * 1024)
    .describe("Bytes of a request's headers at most, such as `64 KiB`; longer ones are refused with 431."),
  header_timeout: count(1, 3600)
    .default(20)
    .describe(
      "Seconds in which the headers of a request must have come, and a TLS handshake have ended; slower ones are refused with 408.",
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
  max_push_bytes: size(1)
    .default(1024 ** 3)
    .describe("Bytes of one push of Katello's at most, such as `2 GiB`; longer ones are refused with 413."),
  memory_limit: size(0)
    .default(64 * 1024 ** 2)
    .describe(
      "Bytes of memory in each worker for what would otherwise be asked of PostgreSQL again and again, such as `64 MiB`; 0 remembers nothing.",
    ),
  data_dir: z
    .string()
    .startsWith("/", "must be an absolute path")
    .default(defaultDataDir)
    .describe("Where the embedded PostgreSQL lives."),
  workers: count(1, 256).default(availableParallelism).describe("Processes that share the listeners."),
  log_level: z
    .enum(LOG_LEVELS)
    .default("info")
    .describe(`How much to log: ${LOG_LEVELS.join(", ")}.`),
  audit_log: z
    .string()
    .regex(/^(?:log|off|\/.+)$/, "must be log, off, or an absolute path")
    .default("log")
    .describe(
      'Where to tell who was refused, who logged in and who administered: `log` for the ordinary log, in lines with `"audit":true`, the path of a file, or `off`. A file may be moved away at any time.',
    ),
  audit_pulls: flag.default(false).describe("Whether the audit log tells of pulls that are allowed, too."),
  smart_proxy_version: z
    .string()
    .regex(/^\d+\.\d+(?:\.\d+)?(?:-\w+)?$/, "must be a version such as 3.16.0")
    .default("3.16.0")
    .describe("The Smart Proxy version to claim; Foreman wants major and minor to fit its own."),
} as const;

/** The settings as they are given. */
export type Given = z.infer<z.ZodObject<typeof KEYS>>;

/** All settings, checked, with what is left out filled in. */
export type Settings = Readonly<Omit<Given, "client_endpoint"> & { client_endpoint: string }>;
