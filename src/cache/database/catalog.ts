/** What each subject may pull, in front of PostgreSQL: the whole list at once, of which pages are cut. */

import type { Feed } from "../../database/change-feed/change-feed.ts";
import type { CatalogPage, Subject } from "../../model/grants.ts";
import { placeAfter } from "../../model/names.ts";
import { SingleFlight } from "../../resilience/single-flight.ts";
import type { RepositoryStore } from "../../store/repositories.ts";
import { BoundedCache } from "../bounded-cache.ts";
import { CoherentCache, orStale } from "../coherent-cache.ts";

type Names = readonly string[];

const keyOf = (subject: Subject | undefined): string =>
  subject === undefined ? "nobody" : `${subject.kind} ${subject.id}`;

/** Catalogues in front of PostgreSQL, one for each subject. */
export class CachedCatalog {
  readonly #repositories: Pick<RepositoryStore, "visible">;
  readonly #lists: CoherentCache<Names>;
  readonly #singleFlight = new SingleFlight<Names>();

  /** @param limit bytes to remember lists in */
  constructor(repositories: Pick<RepositoryStore, "visible">, changes: Feed, limit: number) {
    this.#repositories = repositories;
    this.#lists = new CoherentCache({
      changes,
      cache: new BoundedCache(limit),
      invalidatedBy: {
        repositories: () => undefined,
        users: (id) => `user ${id}`,
        hosts: (id) => `host ${id}`,
      },
    });
  }

  /** The names that a subject may pull, in the order of their bytes. Without a page it is the same list each time. */
  async visible({ subject, last, limit }: CatalogPage): Promise<Names> {
    const names = await this.#all(subject);
    if (last === undefined && limit === undefined) return names;
    const from = last === undefined ? 0 : placeAfter(names, last);
    return names.slice(from, limit === undefined ? undefined : from + limit);
  }

  async #all(subject: Subject | undefined): Promise<Names> {
    const key = keyOf(subject);
    const known = this.#lists.get(key);
    if (known !== undefined) return known;
    const ticket = this.#lists.version();
    // Who asks after a change must not be answered with what was read before it.
    const { result: answer } = await this.#singleFlight.join(`${ticket} ${key}`, async () => {
      const asked = this.#repositories.visible({ subject, last: undefined, limit: undefined });
      const names = await orStale<Names>(asked, () => this.#lists.getStale(key));
      const bytes = names.reduce((sum, name) => sum + name.length + 40, 0);
      this.#lists.put(ticket, key, names, 2 * bytes);
      return names;
    });
    return answer;
  }
}
