/** Cache of catalogs: the whole list of repositories that a subject may pull. */
import type { Feed } from "../../database/change-feed/change-feed.ts";
import type { Subject } from "../../model/grants.ts";
import { SingleFlight } from "../../resilience/single-flight.ts";
import type { RepositoryStore } from "../../store/repositories.ts";
import { BoundedCache, type CachePart } from "../bounded-cache.ts";
import { CoherentCache, orStale } from "../coherent-cache.ts";

type Names = readonly string[];

/** A name is in the list, in its JSON text and in the text that is searched. */
const TEXTS_PER_NAME = 3;
const NAME_OVERHEAD_BYTES = 80;

const keyOf = (subject: Subject | undefined): string =>
  subject === undefined ? "anonymous" : `${subject.kind} ${subject.id}`;

/** Caches the catalog of each subject. */
export class CachedCatalog {
  readonly #repositories: Pick<RepositoryStore, "visible">;
  readonly #lists: CoherentCache<Names>;
  readonly #singleFlight = new SingleFlight<Names>();

  /** @param limitBytes bound of all cached lists */
  constructor(repositories: Pick<RepositoryStore, "visible">, changes: Feed, limitBytes: number) {
    this.#repositories = repositories;
    this.#lists = new CoherentCache({
      changes,
      cache: new BoundedCache(limitBytes),
      invalidatedBy: {
        repositories: () => undefined,
        users: (id) => `user ${id}`,
        hosts: (id) => `host ${id}`,
      },
    });
  }

  /** Parts of this cache, for operators. */
  get parts(): readonly CachePart[] {
    return [this.#lists];
  }

  /** Returns the names that a subject may pull, in byte order: the same array until they change. */
  async visible(subject: Subject | undefined): Promise<Names> {
    const key = keyOf(subject);
    const cached = this.#lists.get(key);
    if (cached !== undefined) return cached;
    const version = this.#lists.version();
    // A request that arrives after a change must not join a query that was sent before it.
    const { result } = await this.#singleFlight.join(`${version} ${key}`, async () => {
      const query = this.#repositories.visible(subject);
      const names = await orStale<Names>(query, () => this.#lists.getStale(key));
      const bytes = names.reduce((sum, name) => sum + TEXTS_PER_NAME * name.length + NAME_OVERHEAD_BYTES, 0);
      this.#lists.put(version, key, names, bytes);
      return names;
    });
    return result;
  }
}
