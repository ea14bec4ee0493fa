/**
 * Names of all repositories that don't require authorization, in memory. Decisions for anonymous callers use this set
 * only, so private and nonexistent repositories take the same code path and the same time, also while PostgreSQL is down.
 */

import type { Change } from "../../database/change-feed/change.ts";
import type { Feed } from "../../database/change-feed/change-feed.ts";
import { SingleFlight } from "../../resilience/single-flight.ts";
import type { RepositoryStore } from "../../store/repositories.ts";
import { orStale } from "../coherent-cache.ts";

/** Changed names that are reloaded one by one, at most. If there are more, the whole set is reloaded. */
const MAX_CHANGED = 5_000;

/** Holds the set of open repositories. */
export class OpenRepositories {
  readonly #repositories: Pick<RepositoryStore, "openRepositories">;
  readonly #changes: Feed;
  readonly #loading = new SingleFlight<void>();
  #names = new Set<string>();
  /** Names to be reloaded; undefined for all. */
  #changed: Set<string> | undefined;
  /** True while the change feed is connected. */
  #isCoherent = false;
  /** Counts changes: a result that was read before a change is discarded. */
  #version = 0;

  constructor(repositories: Pick<RepositoryStore, "openRepositories">, changes: Feed) {
    this.#repositories = repositories;
    this.#changes = changes;
    this.#isCoherent = changes.connected;
    changes.listen({
      changed: (change) => this.#note(change),
      disconnected: () => {
        this.#isCoherent = false;
      },
      connected: () => {
        this.#isCoherent = true;
        this.#note({ kind: "repositories", keys: undefined });
      },
    });
  }

  /**
   * Returns true if a repository is open to anonymous callers.
   * @throws RegistryError UNAVAILABLE if the set can't be loaded, whatever the name
   */
  async has(name: string): Promise<boolean> {
    if (!this.#isCoherent) return this.#query(name);
    while (this.#changed === undefined || this.#changed.size > 0) {
      await this.#loading.join(String(this.#version), () => this.#load());
      if (!this.#isCoherent) return this.#query(name);
    }
    return this.#names.has(name);
  }

  /** Queries the database while the change feed is disconnected; uses the stale set if the database is unreachable. */
  async #query(name: string): Promise<boolean> {
    const query = this.#repositories.openRepositories([name]).then((open) => open.length > 0);
    return orStale(query, () => {
      const isUsable = this.#changes.inGracePeriod && this.#changed?.has(name) === false;
      return isUsable ? this.#names.has(name) : undefined;
    });
  }

  /** Reloads changed names ahead of the next request, which tries again if this fails. */
  #loadSoon(): void {
    setImmediate(() => void this.has("").catch(() => undefined));
  }

  async #load(): Promise<void> {
    const version = this.#version;
    const wanted = this.#changed === undefined ? undefined : [...this.#changed];
    const open = await this.#repositories.openRepositories(wanted);
    if (version !== this.#version) return;
    if (wanted === undefined) this.#names = new Set(open);
    else {
      for (const name of wanted) this.#names.delete(name);
      for (const name of open) this.#names.add(name);
    }
    this.#changed = new Set();
  }

  #note({ kind, keys }: Change): void {
    if (kind !== "repositories") return;
    this.#version += 1;
    if (keys === undefined) this.#changed = undefined;
    else if (this.#changed !== undefined) {
      for (const key of keys) this.#changed.add(key);
      if (this.#changed.size > MAX_CHANGED) this.#changed = undefined;
    }
    this.#loadSoon();
  }
}
