/**
 * The names of all repositories that are open to everybody, in memory. An anonymous caller is decided by this set alone: what
 * is private and what doesn't exist take the same path and the same time, also while PostgreSQL can't be asked.
 */

import type { Change } from "../../database/change-feed/change.ts";
import type { Feed } from "../../database/change-feed/change-feed.ts";
import { SingleFlight } from "../../resilience/single-flight.ts";
import type { RepositoryStore } from "../../store/repositories.ts";
import { orStale } from "../coherent-cache.ts";

/** Names that changed and are looked up one by one, at most; of more all are loaded anew. */
const MAX_CHANGED = 5_000;

/** The open repositories of a site. */
export class OpenRepositories {
  readonly #repositories: Pick<RepositoryStore, "openRepositories">;
  readonly #changes: Feed;
  readonly #loading = new SingleFlight<void>();
  #names = new Set<string>();
  /** Names whose state is to be looked up; undefined for all of them. */
  #changed: Set<string> | undefined;
  /** Counts changes: what was read before one is not believed after it. */
  #version = 0;

  constructor(repositories: Pick<RepositoryStore, "openRepositories">, changes: Feed) {
    this.#repositories = repositories;
    this.#changes = changes;
    changes.listen({
      changed: (change) => this.#note(change),
      disconnected: () => undefined,
      connected: () => this.#note({ kind: "repositories", keys: undefined }),
    });
  }

  /**
   * Whether a repository is open to everybody.
   * @throws RegistryError UNAVAILABLE if that can't be said now, whatever the name
   */
  async has(name: string): Promise<boolean> {
    if (!this.#changes.connected) return this.#ask(name);
    while (this.#changed === undefined || this.#changed.size > 0) {
      await this.#loading.join(String(this.#version), () => this.#load());
      if (!this.#changes.connected) return this.#ask(name);
    }
    return this.#names.has(name);
  }

  /** Without the feed each question goes to the database, and to what was known where that can't be asked. */
  async #ask(name: string): Promise<boolean> {
    const asked = this.#repositories.openRepositories([name]).then((open) => open.length > 0);
    return orStale(asked, () => {
      const isKnown = this.#changes.inGracePeriod && this.#changed?.has(name) === false;
      return isKnown ? this.#names.has(name) : undefined;
    });
  }

  /** Loads what changed before anybody asks; whoever asks tries again if it fails. */
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
