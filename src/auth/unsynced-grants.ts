/**
 * Grants that Katello has not synchronized yet: a public repository has been restricted, a sync left a user out, a user has
 * just logged in, or a host has just been registered. In these cases the gateway queries Katello.
 */
import type { Logger } from "pino";
import type { RepositoryName } from "../model/names.ts";
import type { Host, User } from "../model/operations.ts";
import { Backoff } from "../resilience/backoff.ts";
import { SingleFlight } from "../resilience/single-flight.ts";
import { tokenChecksum } from "./credentials.ts";
import type { Logins } from "./login/katello-login.ts";
import type { GrantFreshness, GrantStore, HostCatalogs, TokenChecker } from "./ports.ts";

/** Dependencies of the lookup of unsynchronized grants. */
export interface UnsyncedGrantsOptions {
  readonly katello: HostCatalogs & TokenChecker & Pick<Logins, "catalog">;
  readonly grantFreshness: GrantFreshness;
  readonly users: GrantStore;
  readonly hosts: GrantStore;
  /** Deletes a token that Katello no longer accepts, at all gateways. */
  readonly dropToken: (checksum: string) => Promise<void>;
  readonly log: Logger;
}

/** Maximum delay between two queries for a host that Katello still grants nothing. */
const MAX_BACKOFF_MS = 60_000;

/** Queries Katello for callers whose stored grants may be outdated. */
export class UnsyncedGrants {
  readonly #options: UnsyncedGrantsOptions;
  /** Coalesces the queries of each caller. */
  readonly #fetches = new SingleFlight<ReadonlySet<string>>();
  readonly #backoff = new Backoff(MAX_BACKOFF_MS);

  constructor(options: UnsyncedGrantsOptions) {
    this.#options = options;
  }

  /**
   * True if Katello grants a repository to a caller and has not synchronized that yet. All grants in Katello's reply are
   * stored, so that one query suffices. False also if a sync has replaced all grants meanwhile; the caller reads those.
   * @throws RegistryError if Katello can't be queried
   */
  async include(caller: User | Host, name: RepositoryName, requestId: string): Promise<boolean> {
    const reason = await this.#options.grantFreshness.staleReason(name, caller);
    if (reason === undefined) return false;
    // The key is the token and not the user: Katello may accept one token of a user and refuse another.
    const key = caller.kind === "user" ? `user ${tokenChecksum(caller.token.value)}` : `host ${caller.name}`;
    // Katello is queried less and less often about a host that is not registered yet.
    const mayBeUnregistered = caller.kind === "host" && reason === "outdated";
    if (mayBeUnregistered && this.#backoff.isWaiting(key)) return false;
    const { result: granted } = await this.#fetches.join(key, async () => {
      const names = await this.#fetch(caller, requestId);
      // Before the query ends for those who join it: another caller would send the next one.
      if (mayBeUnregistered) this.#backoff.failed(key);
      return names;
    });
    return granted.has(name);
  }

  async #fetch(caller: User | Host, requestId: string): Promise<ReadonlySet<string>> {
    const fetchedAt = performance.now();
    const repositories = await this.#namesOf(caller, requestId);
    if (repositories === undefined) return new Set();
    const { users, hosts, log } = this.#options;
    const store = caller.kind === "user" ? users : hosts;
    const update = await store.renew(caller.id, { repositories, fetchedAt }).catch((error: unknown) => {
      log.warn({ request_id: requestId, err: error }, "grants fetched from Katello could not be stored");
    });
    // A sync has replaced all grants since the query: the stored ones are newer.
    return new Set(update === "overtaken" ? [] : repositories);
  }

  /** Undefined for a token that Katello no longer accepts: Katello would reply with the public repositories. */
  async #namesOf(caller: User | Host, requestId: string): Promise<readonly string[] | undefined> {
    const { katello, dropToken } = this.#options;
    if (caller.kind === "host") return katello.hostCatalog(caller.name, requestId);
    const { value } = caller.token;
    if (await katello.accepts(value, requestId)) return katello.catalog(`Bearer ${value}`, requestId);
    await dropToken(tokenChecksum(value));
    return undefined;
  }
}
