/**
 * What a user or host may see, in front of PostgreSQL. A "no" is never cached, for it is the end of the matter and may be out
 * of date at once. Anonymous callers are decided by the set of open names.
 */

import type { Feed } from "../../database/change-feed/change-feed.ts";
import type { RepositoryFacts, Subject } from "../../model/grants.ts";
import type { FactQuery, RepositoryStore, StoredRepository } from "../../store/repositories.ts";
import { BoundedCache } from "../bounded-cache.ts";
import { type CacheVersion, CoherentCache, orStale } from "../coherent-cache.ts";
import { BatchedLookup } from "./batched-lookup.ts";
import type { OpenRepositories } from "./open-repositories.ts";

/** A listed repository. One that is listed anew has another id, so old grants don't open it. */
interface Listed {
  readonly id: number;
  readonly authRequired: boolean;
}

/** Measured: a number in a set. */
const GRANT_BYTES = 40;
const SUBJECT_BYTES = 200;
const REPOSITORY_BYTES = 40;

const OPEN: RepositoryFacts = Object.freeze({ authRequired: false, granted: false });
const GRANTED: RepositoryFacts = Object.freeze({ authRequired: true, granted: true });

const keyOf = ({ kind, id }: Subject): string => `${kind} ${id}`;

/** Facts about repositories in front of PostgreSQL, as far as they say yes. */
export class CachedFacts {
  readonly #open: Pick<OpenRepositories, "has">;
  readonly #listed: CoherentCache<Listed>;
  readonly #grants: CoherentCache<Set<number>>;
  readonly #lookup: BatchedLookup<FactQuery, StoredRepository | undefined>;

  /**
   * @param open what an anonymous caller may see
   * @param limit bytes to cache repositories and grants in, a quarter of them for repositories
   */
  constructor(
    repositories: Pick<RepositoryStore, "facts">,
    open: Pick<OpenRepositories, "has">,
    changes: Feed,
    limit: number,
  ) {
    this.#open = open;
    this.#listed = new CoherentCache({
      changes,
      cache: new BoundedCache(limit / 4),
      invalidatedBy: { repositories: (name) => name },
    });
    this.#grants = new CoherentCache({
      changes,
      cache: new BoundedCache((limit / 4) * 3),
      invalidatedBy: { users: (id) => `user ${id}`, hosts: (id) => `host ${id}` },
    });
    this.#lookup = new BatchedLookup((asked) => repositories.facts(asked));
  }

  /** The facts of a repository and a subject; undefined if it is not listed, or for an anonymous caller not open. */
  async facts(name: string, subject: Subject | undefined): Promise<RepositoryFacts | undefined> {
    if (subject === undefined) return (await this.#open.has(name)) ? OPEN : undefined;
    const listed = this.#listed.get(name);
    if (listed?.authRequired === false) return OPEN;
    if (listed !== undefined && this.#grants.get(keyOf(subject))?.has(listed.id) === true) return GRANTED;
    const tickets = [this.#listed.version(), this.#grants.version()] as const;
    const answer = this.#lookup.ask(`${name} ${keyOf(subject)}`, { name, subject });
    const known = await orStale(answer, () => this.#recall(name, subject));
    if (known === undefined) this.#listed.invalidate(name);
    else this.#remember(name, subject, known, tickets);
    return known;
  }

  /** That a grant can't be recalled does not mean that there is none. */
  #recall(name: string, subject: Subject): StoredRepository | undefined {
    const listed = this.#listed.getStale(name);
    if (listed === undefined) return undefined;
    if (!listed.authRequired) return { ...listed, granted: false };
    const granted = this.#grants.getStale(keyOf(subject))?.has(listed.id) === true;
    return granted ? { ...listed, granted } : undefined;
  }

  #remember(
    name: string,
    subject: Subject,
    { id, authRequired, granted }: StoredRepository,
    [ofListed, ofGrants]: readonly [CacheVersion, CacheVersion],
  ): void {
    this.#listed.put(ofListed, name, { id, authRequired }, REPOSITORY_BYTES);
    if (!this.#grants.isCurrent(ofGrants)) return;
    const key = keyOf(subject);
    const grants = this.#grants.get(key) ?? this.#grants.getStale(key) ?? new Set();
    if (!granted) {
      grants.delete(id);
      return;
    }
    grants.add(id);
    this.#grants.put(ofGrants, key, grants, SUBJECT_BYTES + GRANT_BYTES * grants.size);
  }
}
