/**
 * Grants that are not mapped yet. At a sync Katello's list of repositories comes first, and closes one that was open to
 * all; who may pull it then is said by its mappings, which come later or fail. Until they do Katello itself is asked.
 */
import type { Logger } from "pino";
import { Flights } from "../flights.ts";
import type { Renewal, Subject, ToldGrants } from "../grants.ts";
import type { RepositoryName } from "../names.ts";
import type { Host, User } from "../operations.ts";
import type { HostCatalogs } from "./hosts.ts";
import type { TokenAuthority } from "./recheck.ts";
import type { Logins } from "./sign-in.ts";

/** Where the grants of users, or of hosts, are kept. */
export interface GrantStore {
  renew(id: number, told: ToldGrants): Promise<Renewal>;
}

/** Who knows since when a repository has been closed. */
export interface Closings {
  /** Whether that is later than Katello's last word on what a subject may pull. */
  isUnmapped(name: RepositoryName, subject: Subject): Promise<boolean>;
}

/** What asking rests on. */
export interface LateGrantsOptions {
  readonly katello: HostCatalogs & TokenAuthority & Pick<Logins, "catalog">;
  readonly closings: Closings;
  readonly users: GrantStore;
  readonly hosts: GrantStore;
  readonly log: Logger;
}

/** Asks Katello once about a caller who may have been granted what was closed only now. */
export class LateGrants {
  readonly #options: LateGrantsOptions;
  /** One question for each caller, however many of its requests wait. */
  readonly #asking = new Flights<ReadonlySet<string>>();

  constructor(options: LateGrantsOptions) {
    this.#options = options;
  }

  /**
   * Whether Katello grants a repository to a caller, and has not said so yet. All that it grants is kept, so that it is
   * asked once. False also if Katello has mapped all subjects meanwhile, which is known then.
   * @throws RegistryError if Katello can't be asked
   */
  async include(caller: User | Host, name: RepositoryName, requestId: string): Promise<boolean> {
    if (!(await this.#options.closings.isUnmapped(name, caller))) return false;
    // What is said of one token holds for no other of the same user.
    const key = caller.kind === "user" ? `user ${caller.token.value}` : `host ${caller.id}`;
    const { answer } = await this.#asking.join(key, () => this.#ask(caller, requestId));
    return answer.has(name);
  }

  async #ask(caller: User | Host, requestId: string): Promise<ReadonlySet<string>> {
    const asked = performance.now();
    const repositories = await this.#namesOf(caller, requestId);
    if (repositories === undefined) return new Set();
    const { users, hosts, log } = this.#options;
    const store = caller.kind === "user" ? users : hosts;
    const renewal = await store.renew(caller.id, { repositories, asked }).catch((error: unknown) => {
      log.warn({ request_id: requestId, err: error }, "grants that Katello told can't be kept now");
    });
    // Then it is mapped: what is known counts.
    return new Set(renewal === "overtaken" ? [] : repositories);
  }

  /** Undefined for a token that Katello takes no longer: it would be told what everybody may pull. */
  async #namesOf(caller: User | Host, requestId: string): Promise<readonly string[] | undefined> {
    const { katello } = this.#options;
    if (caller.kind === "host") return (await katello.hostCatalog(caller.name, requestId)) ?? [];
    const { value } = caller.token;
    return (await katello.vouchesFor(value, requestId))
      ? katello.catalog(`Bearer ${value}`, requestId)
      : undefined;
  }
}
