/** PostgreSQL, and the behavior while it is unreachable. */
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { plainConnectionString } from "../connection-string.ts";
import { count } from "../values.ts";

/** Default data directory of the embedded PostgreSQL. */
function defaultDataDir(): string {
  if (process.getuid?.() === 0) return "/var/lib/container-gateway";
  return join(process.env.XDG_DATA_HOME ?? join(homedir(), ".local", "share"), "container-gateway");
}

const connectionString = z.string().transform((text, context): string => {
  try {
    if (/^postgres(?:ql)?:\/\//.test(text)) return plainConnectionString(text);
  } catch {
    // The issue below does not quote the text, which may contain a password.
  }
  context.addIssue(
    "must be a libpq URL, such as postgresql:///container_gateway, or postgresql://one,two/container_gateway with target_session_attrs any, read-write or primary",
  );
  return z.NEVER;
});

/** Type, default and description of each setting. */
export const DATABASE = {
  db_connection_string: connectionString
    .optional()
    .describe(
      "PostgreSQL database, as a libpq URL. It may name several hosts, such as `postgresql://one:5432,two:5432/container_gateway?target_session_attrs=read-write`: the gateway uses the one that accepts writes, and moves to another when that is promoted. As with libpq, a server certificate is verified only with `sslmode=verify-full` and `sslrootcert`. If absent, the gateway runs an embedded PostgreSQL in `data_dir`.",
    ),
  db_listen_connection_string: connectionString
    .optional()
    .describe(
      "URL of the same database for the change feed. Required if `db_connection_string` leads through a pooler with transaction pooling, which does not support LISTEN. Defaults to `db_connection_string`.",
    ),
  db_max_connections: count(2, 1000)
    .default(10)
    .describe(
      "Maximum number of connections of each worker to PostgreSQL, in addition to the one of the change feed. Two of them (one if there are only two) are reserved for syncs.",
    ),
  db_pool_timeout: count(1, 300)
    .default(5)
    .describe(
      "Seconds that a request waits for a free connection before it gets 503. Syncs wait 50 seconds.",
    ),
  db_start_timeout: count(0, 3600)
    .default(60)
    .describe(
      "Seconds for which `serve` and `migrate` wait at startup for a PostgreSQL that can't be reached or is starting up; 0 makes them fail at once. `serve` already listens meanwhile, and replies 503. Errors that waiting does not remedy, such as a wrong password, end both commands at once.",
    ),
  outage_grace: count(0, 3600)
    .default(60)
    .describe(
      "Seconds for which cached tokens, hosts and grants stay valid while PostgreSQL is unreachable; 0 disables this. During that time the gateway does not see changes that other gateways make.",
    ),
  data_dir: z
    .string()
    .startsWith("/", "must be an absolute path")
    .default(defaultDataDir)
    .describe("Data directory of the embedded PostgreSQL."),
} as const;
