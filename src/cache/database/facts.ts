/**
 * Cache of the facts that authorization decisions need: a repository's id, whether it requires authorization, and the
 * grants of users and hosts. Denials are never cached, because a grant may be added at any moment.
 */

import { BatchedLookup } from "../../database/batched-lookup.ts";
import type { Feed } from "../../database/change-feed/change-feed.ts";
import type { RepositoryFacts, Subject } from "../../model/grants.ts";
import type { FactQuery, RepositoryStore, StoredRepository } from "../../store/repositories.ts";
import { BoundedCache, type CachePart } from "../bounded-cache.ts";
import { type CacheVersion, CoherentCache, orStale } from "../coherent-cache.ts";

/** A listed repository. One that was removed and listed again has a new id, so grants of the old one don't apply. */
interface Listed {
  readonly id: number;
  readonly authRequired: boolean;
}

/** Size of a number in a set, as measured. */
const GRANT_BYTES = 40;
const SUBJECT_BYTES = 200;
const REPOSITORY_BYTES = 40;

const OPEN: RepositoryFacts = Object.freeze({ authRequired: false, granted: false });
const GRANTED: RepositoryFacts = Object.freeze({ authRequired: true, granted: true });

const keyOf = ({ kind, id }: Subject): string => `${kind} ${id}`;

/** Caches facts about repositories, as far as they grant access. */
export class CachedFacts {
  readonly #listed: CoherentCache<Listed>;
  readonly #grants: CoherentCache<Set<number>>;
  readonly #lookup: BatchedLookup<FactQuery, StoredRepository | undefined>;

  /** @param limitBytes bound of cached repositories (a quarter of it) and grants */
  constructor(repositories: Pick<RepositoryStore, "facts">, changes: Feed, limitBytes: number) {
    this.#listed = new CoherentCache({
      changes,
      cache: new BoundedCache(limitBytes / 4),
      invalidatedBy: { repositories: (name) => name },
    });
    this.#grants = new CoherentCache({
      changes,
      cache: new BoundedCache((limitBytes / 4) * 3),
      invalidatedBy: { users: (id) => `user ${id}`, hosts: (id) => `host ${id}` },
    });
    this.#lookup = new BatchedLookup((queries) => repositories.facts(queries));
  }

  /** Parts of this cache, for operators. */
  get parts(): readonly CachePart[] {
    return [this.#listed, this.#grants];
  }

  /** Returns the facts of a repository for a subject; undefined if it is not listed. */
  async facts(name: string, subject: Subject): Promise<RepositoryFacts | undefined> {
    const listed = this.#listed.get(name);
    if (listed?.authRequired === false) return OPEN;
    if (listed !== undefined && this.#grants.get(keyOf(subject))?.has(listed.id) === true) return GRANTED;
    const versions = [this.#listed.version(), this.#grants.version()] as const;
    const query = this.#lookup.find(`${name} ${keyOf(subject)}`, { name, subject });
    const found = await orStale(query, () => this.#stale(name, subject));
    if (found === undefined) this.#listed.invalidate(name);
    else this.#store(name, subject, found, versions);
    return found;
  }

  /** Returns stale facts; undefined if no grant is cached, because that does not mean that there is none. */
  #stale(name: string, subject: Subject): StoredRepository | undefined {
    const listed = this.#listed.getStale(name);
    if (listed === undefined) return undefined;
    if (!listed.authRequired) return { ...listed, granted: false };
    const granted = this.#grants.getStale(keyOf(subject))?.has(listed.id) === true;
    return granted ? { ...listed, granted } : undefined;
  }

  #store(
    name: string,
    subject: Subject,
    { id, authRequired, granted }: StoredRepository,
    [listedVersion, grantsVersion]: readonly [CacheVersion, CacheVersion],
  ): void {
    this.#listed.put(listedVersion, name, { id, authRequired }, REPOSITORY_BYTES);
    if (!this.#grants.isCurrent(grantsVersion)) return;
    const key = keyOf(subject);
    const grants = this.#grants.get(key) ?? this.#grants.getStale(key) ?? new Set();
    if (!granted) {
      grants.delete(id);
      return;
    }
    grants.add(id);
    this.#grants.put(grantsVersion, key, grants, SUBJECT_BYTES + GRANT_BYTES * grants.size);
  }
}
