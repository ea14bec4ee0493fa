/** What is known, in PostgreSQL: the connection, the schema, and one class for each noun. */

import { KnownCatalog } from "../cache/database/catalog.ts";
import { KnownFacts } from "../cache/database/facts.ts";
import { KnownHosts } from "../cache/database/hosts.ts";
import { OpenNames } from "../cache/database/open-repositories.ts";
import { KnownTokens } from "../cache/database/tokens.ts";
import { KeptContent } from "../cache/pulp/content.ts";
import { KeptIndexes } from "../cache/pulp/flatpak-indexes.ts";
import { KeptReferrers } from "../cache/pulp/referrers.ts";
import { KeptTags } from "../cache/pulp/tags.ts";
import { Changes } from "../database/change-feed/change-feed.ts";
import { Database } from "../database/database.ts";
import { startEmbeddedPostgres } from "../database/embedded/embedded.ts";
import { EMBEDDED_DATABASE } from "../database/embedded/roles.ts";
import { withEncryption } from "../database/encryption.ts";
import { openDatabase } from "../database/migrations.ts";
import type { ContentSource, FlatpakIndexes, ReferrerLists, TagLists } from "../model/content.ts";
import type { Batches, PushContext } from "../model/syncs.ts";
import { Breaker, type Report } from "../resilience/circuit-breaker.ts";
import { hostsWork, repositoriesWork } from "../sync/apply/lists.ts";
import { hostGrantsWork, oneHostGrantsWork, userGrantsWork } from "../sync/apply/mappings.ts";
import { Pushes, type PushWork } from "../sync/apply/syncs.ts";
import { HostCache } from "./hosts.ts";
import { LoginAttempts } from "./login-attempts.ts";
import { RepositoryCache } from "./repositories.ts";
import { TokenCache } from "./tokens.ts";
import { UserCache } from "./users.ts";

/** Which database, and how much of it. */
export interface CacheOptions {
  /** An embedded PostgreSQL in `data_dir` when absent. */
  readonly db_connection_string?: string | undefined;
  /** Where changes are listened for, if not there. */
  readonly db_listen_connection_string?: string | undefined;
  readonly data_dir: string;
  readonly db_max_connections: number;
  readonly db_pool_timeout: number;
  /** Bytes to remember answers in. */
  readonly memory_limit: number;
  readonly redirect_ttl: number;
  readonly tag_ttl: number;
  readonly grants_ttl: number;
  readonly outage_grace: number;
  readonly login_attempts: number;
  readonly foreman_failed_logins: number;
}

/** Milliseconds that an answer may take from a database that has fallen silent; a push is not given up so soon. */
const SILENT_READ = 1_000;
/** Milliseconds for which a login, or a host that is new, waits for what somebody else has locked. */
const LONGEST_LOCK = 5_000;
const SILENT_PUSH = 10_000;
/** Failures in a row after which nobody waits for the database, and milliseconds from one probe to the next. */
const MOST_FAILURES = 2;
const PAUSE = 250;
/** Pushes have connections of their own, of which they hold one each: they are long, and must not keep pulls waiting. */
const PUSH_CONNECTIONS = 2;
/** Seconds that a push waits for one of them. Katello waits 60 for its answer, and says nothing twice. */
const LONGEST_PUSH_WAIT = 50;

/** As many accounts may fail at one address before all of it has to wait. */
const ACCOUNTS_PER_ADDRESS = 20;

function pushTargetOf(pushes: Pushes) {
  const bringIn =
    <Row>(work: (batches: Batches<Row>) => PushWork) =>
    (push: PushContext, batches: Batches<Row>) =>
      pushes.bringIn(push, work(batches));
  return {
    replaceRepositories: bringIn(repositoriesWork),
    replaceUserGrants: bringIn(userGrantsWork),
    replaceHosts: bringIn(hostsWork),
    replaceHostGrants: bringIn(hostGrantsWork),
    replaceOneHostGrants: bringIn(oneHostGrantsWork),
  };
}

/** Opens the database, brings its schema up to date, and gives the caches on it. */
export async function openCaches(options: CacheOptions, report: Report) {
  const embedded =
    options.db_connection_string === undefined
      ? await startEmbeddedPostgres(options.data_dir, report)
      : undefined;
  const connectionString = await (embedded === undefined
    ? openDatabase(options.db_connection_string ?? "")
    : openDatabase(embedded.connectionString(EMBEDDED_DATABASE), "data_dir"));
  const listening = options.db_listen_connection_string;
  const onIdleError = (error: Error) => report("an idle connection to PostgreSQL broke", error);
  const shared = {
    connectionString,
    poolTimeout: options.db_pool_timeout,
    breaker: new Breaker({ name: "PostgreSQL", failures: MOST_FAILURES, pause: PAUSE, report }),
    silent: () => changes.silent,
    onIdleError,
  };
  const forPushes = Math.min(PUSH_CONNECTIONS, options.db_max_connections - 1);
  const reads = new Database({
    ...shared,
    maxConnections: options.db_max_connections - forPushes,
    // Logins and hosts that are new must not keep pulls from the database, whatever they wait for.
    transactions: {
      most: Math.max(1, Math.floor((options.db_max_connections - forPushes) / 2)),
      lockWait: LONGEST_LOCK,
    },
    whenSilent: SILENT_READ,
  });
  const writes = new Database({
    ...shared,
    maxConnections: forPushes,
    poolTimeout: LONGEST_PUSH_WAIT,
    whenSilent: SILENT_PUSH,
  });
  const changes: Changes = new Changes({
    connectionString: listening === undefined ? connectionString : await withEncryption(listening),
    db: reads,
    grace: options.outage_grace,
    onDeaf: (reason) => report("changes are not heard, all questions go to the database", reason),
    onHearing: () => report("changes are heard as they come"),
  });
  const pushes = new Pushes(reads, writes, changes);
  const repositories = new RepositoryCache(reads);
  const openNames = new OpenNames(repositories, changes);
  const tokens = new TokenCache(reads, changes);
  const hosts = new HostCache(reads, changes);
  return {
    changes,
    repositories,
    knownFacts: new KnownFacts(repositories, openNames, changes, options.memory_limit / 8),
    knownCatalog: new KnownCatalog(repositories, changes, options.memory_limit / 8),
    tokens,
    knownTokens: new KnownTokens(tokens, changes, options.memory_limit / 8),
    keptContent: (source: ContentSource) =>
      new KeptContent(source, {
        redirectTtl: options.redirect_ttl,
        tagTtl: options.tag_ttl,
        limit: (options.memory_limit * 11) / 32,
      }),
    keptTags: (source: TagLists) =>
      new KeptTags(source, { ttl: options.tag_ttl, limit: options.memory_limit / 32 }),
    keptReferrers: (source: ReferrerLists) =>
      new KeptReferrers(source, { ttl: options.tag_ttl, limit: options.memory_limit / 32 }),
    keptIndexes: (source: FlatpakIndexes) =>
      new KeptIndexes(source, { ttl: options.tag_ttl, limit: (options.memory_limit * 3) / 32 }),
    loginAttempts: new LoginAttempts(reads, {
      perAccount: options.login_attempts,
      perAddress: options.login_attempts * ACCOUNTS_PER_ADDRESS,
      perGateway: options.foreman_failed_logins,
    }),
    users: new UserCache(reads, changes),
    hosts,
    knownHosts: new KnownHosts(hosts, changes, options.grants_ttl, options.memory_limit / 8),
    pushes,
    pushTarget: pushTargetOf(pushes),
    close: async (): Promise<void> => {
      await changes.close();
      await Promise.all([reads.close(), writes.close()]);
      await embedded?.stop();
    },
  };
}

/** The caches of one database. */
export type Caches = Awaited<ReturnType<typeof openCaches>>;
