/**
 * What a user or host may see, in front of PostgreSQL. A "no" is never cached, for it is the end of the matter and may be out
 * of date at once. Anonymous callers are decided by the set of open names.
 */

import type { Feed } from "../../database/change-feed/change-feed.ts";
import type { RepositoryFacts, Subject } from "../../model/grants.ts";
import type { FactQuestion, KnownRepository, RepositoryCache } from "../../store/repositories.ts";
import { orRecalled, type Ticket, Vouched } from "../coherent-cache.ts";
import { Memory } from "../lru-cache.ts";
import { Lookup } from "./batched-lookup.ts";
import type { OpenNames } from "./open-repositories.ts";

/** A listed repository. One that is listed anew has another id, so old grants don't open it. */
interface Listed {
  readonly id: number;
  readonly authRequired: boolean;
}

/** Measured: a number in a set. */
const BYTES_OF_GRANT = 40;
const BYTES_OF_SUBJECT = 200;
const BYTES_OF_LISTED = 40;

const OPEN: RepositoryFacts = Object.freeze({ authRequired: false, granted: false });
const GRANTED: RepositoryFacts = Object.freeze({ authRequired: true, granted: true });

const keyOf = ({ kind, id }: Subject): string => `${kind} ${id}`;

/** Facts about repositories in front of PostgreSQL, as far as they say yes. */
export class KnownFacts {
  readonly #open: Pick<OpenNames, "has">;
  readonly #listed: Vouched<Listed>;
  readonly #grants: Vouched<Set<number>>;
  readonly #lookup: Lookup<FactQuestion, KnownRepository | undefined>;

  /**
   * @param open what an anonymous caller may see
   * @param limit bytes to cache repositories and grants in, a quarter of them for repositories
   */
  constructor(
    repositories: Pick<RepositoryCache, "facts">,
    open: Pick<OpenNames, "has">,
    changes: Feed,
    limit: number,
  ) {
    this.#open = open;
    this.#listed = new Vouched({
      changes,
      memory: new Memory(limit / 4),
      concerns: { repositories: (name) => name },
    });
    this.#grants = new Vouched({
      changes,
      memory: new Memory((limit / 4) * 3),
      concerns: { users: (id) => `user ${id}`, hosts: (id) => `host ${id}` },
    });
    this.#lookup = new Lookup((asked) => repositories.facts(asked));
  }

  /** The facts of a repository and a subject; undefined if it is not listed, or for an anonymous caller not open. */
  async facts(name: string, subject: Subject | undefined): Promise<RepositoryFacts | undefined> {
    if (subject === undefined) return (await this.#open.has(name)) ? OPEN : undefined;
    const listed = this.#listed.get(name);
    if (listed?.authRequired === false) return OPEN;
    if (listed !== undefined && this.#grants.get(keyOf(subject))?.has(listed.id) === true) return GRANTED;
    const tickets = [this.#listed.ticket(), this.#grants.ticket()] as const;
    const answer = this.#lookup.ask(`${name} ${keyOf(subject)}`, { name, subject });
    const known = await orRecalled(answer, () => this.#recall(name, subject));
    if (known === undefined) this.#listed.drop(name);
    else this.#remember(name, subject, known, tickets);
    return known;
  }

  /** That a grant can't be recalled does not mean that there is none. */
  #recall(name: string, subject: Subject): KnownRepository | undefined {
    const listed = this.#listed.recall(name);
    if (listed === undefined) return undefined;
    if (!listed.authRequired) return { ...listed, granted: false };
    const granted = this.#grants.recall(keyOf(subject))?.has(listed.id) === true;
    return granted ? { ...listed, granted } : undefined;
  }

  #remember(
    name: string,
    subject: Subject,
    { id, authRequired, granted }: KnownRepository,
    [ofListed, ofGrants]: readonly [Ticket, Ticket],
  ): void {
    this.#listed.put(ofListed, name, { id, authRequired }, BYTES_OF_LISTED);
    if (!this.#grants.fresh(ofGrants)) return;
    const key = keyOf(subject);
    const grants = this.#grants.get(key) ?? this.#grants.recall(key) ?? new Set();
    if (!granted) {
      grants.delete(id);
      return;
    }
    grants.add(id);
    this.#grants.put(ofGrants, key, grants, BYTES_OF_SUBJECT + BYTES_OF_GRANT * grants.size);
  }
}
