/** What each subject may pull, in front of PostgreSQL: the whole list at once, of which pages are cut. */

import type { Feed } from "../../database/change-feed/change-feed.ts";
import type { CatalogPage, Subject } from "../../model/grants.ts";
import { placeAfter } from "../../model/names.ts";
import { Flights } from "../../resilience/single-flight.ts";
import type { RepositoryCache } from "../../store/repositories.ts";
import { orRecalled, Vouched } from "../coherent-cache.ts";
import { Memory } from "../lru-cache.ts";

type Names = readonly string[];

const keyOf = (subject: Subject | undefined): string =>
  subject === undefined ? "nobody" : `${subject.kind} ${subject.id}`;

/** Catalogues in front of PostgreSQL, one for each subject. */
export class KnownCatalog {
  readonly #repositories: Pick<RepositoryCache, "visible">;
  readonly #lists: Vouched<Names>;
  readonly #flights = new Flights<Names>();

  /** @param limit bytes to remember lists in */
  constructor(repositories: Pick<RepositoryCache, "visible">, changes: Feed, limit: number) {
    this.#repositories = repositories;
    this.#lists = new Vouched({
      changes,
      memory: new Memory(limit),
      concerns: {
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
    const ticket = this.#lists.ticket();
    // Who asks after a change must not be answered with what was read before it.
    const { answer } = await this.#flights.join(`${ticket} ${key}`, async () => {
      const asked = this.#repositories.visible({ subject, last: undefined, limit: undefined });
      const names = await orRecalled<Names>(asked, () => this.#lists.recall(key));
      const bytes = names.reduce((sum, name) => sum + name.length + 40, 0);
      this.#lists.put(ticket, key, names, 2 * bytes);
      return names;
    });
    return answer;
  }
}
