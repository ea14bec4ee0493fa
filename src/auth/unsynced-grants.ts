/**
 * Grants that Katello may have given without having said so yet: it closed a repository that was open to all, a sync left a
 * user out, somebody has just logged in, or a host has just been registered. Katello itself is then asked.
 */
import type { Logger } from "pino";
import type { Doubt, Renewal, Subject, ToldGrants } from "../model/grants.ts";
import type { RepositoryName } from "../model/names.ts";
import type { Host, User } from "../model/operations.ts";
import { Pauses } from "../resilience/backoff.ts";
import { Flights } from "../resilience/single-flight.ts";
import { tokenChecksum } from "./credentials.ts";
import type { HostCatalogs } from "./hosts/hosts.ts";
import type { Logins } from "./login/login.ts";
import type { TokenAuthority } from "./token-recheck.ts";

/** Store of the grants of users, or of hosts. */
export interface GrantStore {
  renew(id: number, told: ToldGrants): Promise<Renewal>;
}

/** Store that knows how old Katello's last word on a subject is. */
export interface LastWords {
  /** Why Katello may grant a listed repository to a subject without having said so yet; undefined if it can't. */
  doubt(name: RepositoryName, subject: Subject): Promise<Doubt | undefined>;
}

/** Dependencies of late grants. */
export interface LateGrantsOptions {
  readonly katello: HostCatalogs & TokenAuthority & Pick<Logins, "catalog">;
  readonly lastWords: LastWords;
  readonly users: GrantStore;
  readonly hosts: GrantStore;
  /** Deletes a token that Katello no longer takes, at all gateways. */
  readonly dropToken: (checksum: string) => Promise<void>;
  readonly log: Logger;
}

/** Milliseconds between two questions about a host that Katello still grants nothing, at most. */
const MAX_PAUSE_MS = 60_000;

/** Asks Katello about a caller who may have been granted more than is known here. */
export class LateGrants {
  readonly #options: LateGrantsOptions;
  /** One question for each caller, however many of its requests wait. */
  readonly #asking = new Flights<ReadonlySet<string>>();
  readonly #pauses = new Pauses(MAX_PAUSE_MS);

  constructor(options: LateGrantsOptions) {
    this.#options = options;
  }

  /**
   * Whether Katello grants a repository to a caller, and has not said so yet. All that it grants is stored, so that it is
   * asked once. False also if Katello has mapped all subjects meanwhile, which is known then.
   * @throws RegistryError if Katello can't be asked
   */
  async include(caller: User | Host, name: RepositoryName, requestId: string): Promise<boolean> {
    const doubt = await this.#options.lastWords.doubt(name, caller);
    if (doubt === undefined) return false;
    // What is said of one token holds for no other of the same user.
    const key = caller.kind === "user" ? `user ${tokenChecksum(caller.token.value)}` : `host ${caller.name}`;
    // A host that is not registered yet is asked about again, less and less often.
    const mayStayInDoubt = caller.kind === "host" && doubt === "outdated";
    if (mayStayInDoubt && this.#pauses.has(key)) return false;
    const { answer, first } = await this.#asking.join(key, () => this.#ask(caller, requestId));
    if (mayStayInDoubt && first) this.#pauses.add(key);
    return answer.has(name);
  }

  async #ask(caller: User | Host, requestId: string): Promise<ReadonlySet<string>> {
    const asked = performance.now();
    const repositories = await this.#namesOf(caller, requestId);
    if (repositories === undefined) return new Set();
    const { users, hosts, log } = this.#options;
    const store = caller.kind === "user" ? users : hosts;
    const renewal = await store.renew(caller.id, { repositories, asked }).catch((error: unknown) => {
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
    if (await katello.vouchesFor(value, requestId)) return katello.catalog(`Bearer ${value}`, requestId);
    await dropToken(tokenChecksum(value));
    return undefined;
  }
}
