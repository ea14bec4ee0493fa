/** Operators' calls: the state, explanations, lists, and actions that take effect at once. */
import type { components } from "../generated/openapi.ts";
import { registryError } from "../model/errors.ts";
import { parseRepositoryName, type RepositoryName } from "../model/names.ts";
import type { Handlers } from "../model/operations.ts";
import type { ReloadOutcome } from "../model/reload-outcome.ts";
import type { StoredRepository } from "../store/overview.ts";

type Schemas = components["schemas"];
type Page = {
  readonly n?: number | undefined;
  readonly last?: string | undefined;
  readonly q?: string | undefined;
};
type Listed<Row> = { readonly rows: Row[]; readonly total: number };

/** Reads lists and details. */
export interface OverviewReader {
  users(page: Page): Promise<Listed<Schemas["UserSummary"]>>;
  tokens(page: Page): Promise<Listed<Schemas["TokenSummary"]>>;
  hosts(page: Page): Promise<Listed<Schemas["HostSummary"]>>;
  repositories(page: Page): Promise<Listed<Schemas["RepositorySummary"]>>;
  syncs(n: number | undefined, kind?: string): Promise<Schemas["SyncRecord"][]>;
  user(login: string): Promise<Omit<Schemas["UserDetails"], "failed_logins"> | undefined>;
  host(uuid: string): Promise<Schemas["HostDetails"] | undefined>;
  repository(name: string): Promise<StoredRepository | undefined>;
}

/** An account, an address, or an account at one address. */
type LockedOut = { readonly user?: string | undefined; readonly address?: string | undefined };

/** Dependencies of the handlers of administration. */
export interface AdminOptions {
  /** Prometheus' text format. */
  readonly metrics: () => Promise<string>;
  readonly status: () => Promise<Schemas["Status"]>;
  readonly explain: (
    caller: { user?: string | undefined; host?: string | undefined; certificate?: string | undefined },
    name: RepositoryName,
  ) => Promise<Schemas["Explanation"]>;
  readonly overview: OverviewReader;
  readonly tokens: { drop(checksum: string): Promise<boolean>; dropOf(login: string): Promise<number> };
  readonly hosts: { remove(uuid: string): Promise<boolean> };
  readonly lockouts: {
    failuresOf(login: string): Promise<number>;
    /** @returns the number of counts that were forgotten */
    unlock(of: LockedOut): Promise<number>;
  };
  /** Reloads the settings, and waits for the outcome. */
  readonly reload: () => Promise<ReloadOutcome>;
  /** Each of them reaches all workers, and returns their number. */
  readonly workers: {
    setLogLevel(level: string, seconds: number | undefined): Promise<number>;
    clearCaches(repository: RepositoryName | undefined): Promise<number>;
    /** Tags in their caches. */
    cachedTags(
      repository: RepositoryName,
    ): Promise<Pick<Schemas["RepositoryDetails"], "cached_tags" | "cached_tag_count">>;
  };
}

type AdminHandlers = Pick<
  Handlers,
  | "getMetrics"
  | "getStatus"
  | "getExplanation"
  | "getUserList"
  | "getUserDetails"
  | "deleteUserTokens"
  | "getTokenList"
  | "deleteToken"
  | "getHostList"
  | "getHostDetails"
  | "deleteHost"
  | "getRepositoryList"
  | "getRepositoryDetails"
  | "getSyncList"
  | "deleteLockouts"
  | "deleteCache"
  | "putLogLevel"
  | "postReload"
>;

const notFound = (message: string) => registryError("NAME_UNKNOWN", { message });

/** Returns what was found. @throws RegistryError NAME_UNKNOWN if that is nothing */
function existing<Found>(found: Found | undefined, message: string): Found {
  if (found === undefined) throw notFound(message);
  return found;
}

const ok = <Body>(body: Body) => ({ status: 200, body }) as const;

/** Result of an action on a number of things. */
const done = (text: string, count: number) => ok({ text, count });

/** Ending of a word for a number of things. */
const plural = (count: number): string => (count === 1 ? "" : "s");

const stillReloading = (seconds: number): string =>
  `the reload has not finished after ${seconds} seconds: the old workers go on until the new ones are ready, and the log says when the reload succeeds or fails`;

/** Creates the handlers of administration. */
export function createAdmin(options: AdminOptions): AdminHandlers {
  const { overview, tokens, hosts, lockouts, workers } = options;
  return {
    getMetrics: async () => ok(await options.metrics()),
    getStatus: async () => ok(await options.status()),
    getExplanation: async ({ query: { repository, user, host }, headers }) => {
      const certificate = headers["x-certificate"]?.toString();
      if ([user, host, certificate].filter((one) => one !== undefined).length > 1)
        throw registryError("REQUEST_INVALID", { message: "name one of user, host and certificate" });
      return ok(await options.explain({ user, host, certificate }, parseRepositoryName(repository)));
    },
    getUserList: async ({ query }) => {
      const { rows: users, total } = await overview.users(query);
      return ok({ users, total });
    },
    getUserDetails: async ({ path: { login } }) => {
      const user = existing(await overview.user(login), `no user ${login} is known here`);
      return ok({ ...user, failed_logins: await lockouts.failuresOf(login) });
    },
    deleteUserTokens: async ({ path: { login } }) => {
      existing(await overview.user(login), `no user ${login} is known here`);
      const count = await tokens.dropOf(login);
      return done(`${count} token${plural(count)} of ${login} ended`, count);
    },
    getTokenList: async ({ query }) => {
      const { rows, total } = await overview.tokens(query);
      return ok({ tokens: rows, total });
    },
    deleteToken: async ({ path: { checksum } }) => {
      if (await tokens.drop(checksum)) return done("the token has ended", 1);
      throw notFound("no token has this checksum");
    },
    getHostList: async ({ query }) => {
      const { rows, total } = await overview.hosts(query);
      return ok({ hosts: rows, total });
    },
    getHostDetails: async ({ path: { uuid } }) =>
      ok(existing(await overview.host(uuid), `no host ${uuid} is known here`)),
    deleteHost: async ({ path: { uuid } }) => {
      if (await hosts.remove(uuid)) return done(`the host ${uuid} and its grants are deleted`, 1);
      throw notFound(`no host ${uuid} is known here`);
    },
    getRepositoryList: async ({ query }) => {
      const { rows: repositories, total } = await overview.repositories(query);
      return ok({ repositories, total });
    },
    getRepositoryDetails: async ({ path: { repository } }) => {
      const stored = existing(
        await overview.repository(repository),
        `no repository ${repository} is known here`,
      );
      return ok({ ...stored, ...(await workers.cachedTags(parseRepositoryName(repository))) });
    },
    getSyncList: async ({ query: { n, kind } }) => ok({ syncs: await overview.syncs(n, kind) }),
    deleteLockouts: async ({ query }) => {
      if (query.user === undefined && query.address === undefined)
        throw registryError("REQUEST_INVALID", { message: "name a user, an address, or both" });
      const count = await lockouts.unlock(query);
      return done(count === 0 ? "there were no failed logins" : "unlocked", count);
    },
    deleteCache: async ({ query }) => {
      const repository = query.repository === undefined ? undefined : parseRepositoryName(query.repository);
      const count = await workers.clearCaches(repository);
      const what = repository === undefined ? "are empty" : `hold nothing about ${repository}`;
      return done(`the caches of ${count} worker${plural(count)} ${what}`, count);
    },
    postReload: async () => {
      const outcome = await options.reload();
      if ("failed" in outcome)
        throw registryError("REQUEST_INVALID", { message: `nothing has changed: ${outcome.failed}` });
      if ("pendingSeconds" in outcome)
        throw registryError("UNAVAILABLE", { message: stillReloading(outcome.pendingSeconds) });
      const { workers: count } = outcome;
      return done(`reloaded: ${count} new worker${plural(count)} serve${count === 1 ? "s" : ""}`, count);
    },
    putLogLevel: async ({ query: { level, seconds } }) => {
      const count = await workers.setLogLevel(level, seconds);
      return done(`the log level of ${count} worker${plural(count)} is ${level}`, count);
    },
  };
}
