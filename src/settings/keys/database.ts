/** PostgreSQL, and what counts while it is away. */
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { plainConnectionString } from "../connection-string.ts";
import { count } from "../values.ts";

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

/** Each with its kind, its default and its meaning. */
export const DATABASE = {
  db_connection_string: connectionString
    .optional()
    .describe(
      "The PostgreSQL database, as a libpq URL. One on another machine is verified with `sslmode=verify-full` and `sslrootcert` alone, as with libpq. An embedded PostgreSQL in `data_dir` when left out.",
    ),
  db_listen_connection_string: connectionString
    .optional()
    .describe(
      "The same database by a way that keeps its connections, for connected of changes; needed if `db_connection_string` leads through a pooler that hands out connections by transaction. `db_connection_string` when left out.",
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
      "Seconds for which remembered tokens, hosts and grants still count while PostgreSQL can't be asked; 0 lets none count. A change that is made elsewhere in that time, on the other side of a broken network, is not seen here before PostgreSQL answers or the time is over.",
    ),
  data_dir: z
    .string()
    .startsWith("/", "must be an absolute path")
    .default(defaultDataDir)
    .describe("Where the embedded PostgreSQL lives."),
} as const;
