/**
 * Grants that Katello may have given without having said so yet: it closed a repository that was open to all, a sync left a
 * user out, somebody has just logged in, or a host has just been registered. Katello itself is then asked.
 */
import type { Logger } from "pino";
import type { FetchedGrants, GrantUpdate, StaleReason, Subject } from "../model/grants.ts";
import type { RepositoryName } from "../model/names.ts";
import type { Host, User } from "../model/operations.ts";
import { Backoff } from "../resilience/backoff.ts";
import { SingleFlight } from "../resilience/single-flight.ts";
import { tokenChecksum } from "./credentials.ts";
import type { HostCatalogs } from "./hosts/hosts.ts";
import type { Logins } from "./login/katello-login.ts";
import type { TokenChecker } from "./token-recheck.ts";

/** Store of the grants of users, or of hosts. */
export interface GrantStore {
  renew(id: number, told: FetchedGrants): Promise<GrantUpdate>;
}

/** Store that knows how old Katello's last word on a subject is. */
export interface GrantFreshness {
  /** Why Katello may grant a listed repository to a subject without having said so yet; undefined if it can't. */
  staleReason(name: RepositoryName, subject: Subject): Promise<StaleReason | undefined>;
}

/** Dependencies of late grants. */
export interface UnsyncedGrantsOptions {
  readonly katello: HostCatalogs & TokenChecker & Pick<Logins, "catalog">;
  readonly grantFreshness: GrantFreshness;
  readonly users: GrantStore;
  readonly hosts: GrantStore;
  /** Deletes a token that Katello no longer takes, at all gateways. */
  readonly dropToken: (checksum: string) => Promise<void>;
  readonly log: Logger;
}

/** Milliseconds between two questions about a host that Katello still grants nothing, at most. */
const MAX_BACKOFF_MS = 60_000;

/** Asks Katello about a caller who may have been granted more than is known here. */
export class UnsyncedGrants {
  readonly #options: UnsyncedGrantsOptions;
  /** One question for each caller, however many of its requests wait. */
  readonly #asking = new SingleFlight<ReadonlySet<string>>();
  readonly #pauses = new Backoff(MAX_BACKOFF_MS);

  constructor(options: UnsyncedGrantsOptions) {
    this.#options = options;
  }

  /**
   * Whether Katello grants a repository to a caller, and has not said so yet. All that it grants is stored, so that it is
   * asked once. False also if Katello has mapped all subjects meanwhile, which is known then.
   * @throws RegistryError if Katello can't be asked
   */
  async include(caller: User | Host, name: RepositoryName, requestId: string): Promise<boolean> {
    const reason = await this.#options.grantFreshness.staleReason(name, caller);
    if (reason === undefined) return false;
    // What is said of one token holds for no other of the same user.
    const key = caller.kind === "user" ? `user ${tokenChecksum(caller.token.value)}` : `host ${caller.name}`;
    // A host that is not registered yet is asked about again, less and less often.
    const mayBeUnregistered = caller.kind === "host" && reason === "outdated";
    if (mayBeUnregistered && this.#pauses.isWaiting(key)) return false;
    const { result: answer, first } = await this.#asking.join(key, () => this.#ask(caller, requestId));
    if (mayBeUnregistered && first) this.#pauses.failed(key);
    return answer.has(name);
  }

  async #ask(caller: User | Host, requestId: string): Promise<ReadonlySet<string>> {
    const asked = performance.now();
    const repositories = await this.#namesOf(caller, requestId);
    if (repositories === undefined) return new Set();
    const { users, hosts, log } = this.#options;
    const store = caller.kind === "user" ? users : hosts;
    const renewal = await store
      .renew(caller.id, { repositories, fetchedAt: asked })
      .catch((error: unknown) => {
        log.warn({ request_id: requestId, err: error }, "grants that Katello told can't be stored now");
      });
    // Then it is mapped: what is known counts.
    return new Set(renewal === "overtaken" ? [] : repositories);
  }

  /** Undefined for a token that Katello no longer takes: it would be told what everybody may pull. */
  async #namesOf(caller: User | Host, requestId: string): Promise<readonly string[] | undefined> {
    const { katello, dropToken } = this.#options;
    if (caller.kind === "host") return katello.hostCatalog(caller.name, requestId);
    const { value } = caller.token;
    if (await katello.accepts(value, requestId)) return katello.catalog(`Bearer ${value}`, requestId);
    await dropToken(tokenChecksum(value));
    return undefined;
  }
}
