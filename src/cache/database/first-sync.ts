/**
 * Tells whether Katello has ever sent its list of repositories. Before that nothing can be decided about a repository: a new
 * gateway would tell clients that every image is missing.
 */
import type { Feed } from "../../database/change-feed/change-feed.ts";
import { unavailable } from "../../model/errors.ts";
import { SingleFlight } from "../../resilience/single-flight.ts";
import type { RepositoryStore } from "../../store/repositories.ts";

/** Value of `Retry-After` before the first sync. */
const RETRY_AFTER_S = 10;

/** Knows whether the first sync of the repositories has been applied. */
export class FirstSync {
  readonly #repositories: Pick<RepositoryStore, "wereEverListed">;
  readonly #changes: Feed;
  readonly #loading = new SingleFlight<boolean>();
  /** Stays true: a list that was received once is in force. */
  #isDone: boolean;
  /** True if it was not done at the last query, and no change has been announced since. */
  #isPending = false;
  /** Counts events that may have outdated the result of a pending query. */
  #version = 0;

  /** @param isSkipped true to serve as if an empty list had been received */
  constructor(repositories: Pick<RepositoryStore, "wereEverListed">, changes: Feed, isSkipped: boolean) {
    this.#repositories = repositories;
    this.#changes = changes;
    this.#isDone = isSkipped;
    changes.listen({
      changed: ({ kind }) => {
        if (kind === "repositories") this.#reload();
      },
      disconnected: () => {
        this.#isPending = false;
        this.#version += 1;
      },
      connected: () => this.#reload(),
    });
  }

  /** True if it is known to be done, without a query. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /**
   * Resolves to true if the first sync has been applied. Until then it is queried once, and again after each change.
   * @throws RegistryError UNAVAILABLE if the database is unreachable
   */
  async check(): Promise<boolean> {
    while (!this.#isDone && !this.#isPending) {
      const version = this.#version;
      const { result } = await this.#loading.join(String(version), () => this.#repositories.wereEverListed());
      if (result) this.#isDone = true;
      else if (!this.#changes.connected) return false;
      else if (version === this.#version) this.#isPending = true;
    }
    return this.#isDone;
  }

  /** @throws RegistryError UNAVAILABLE before the first sync */
  async require(): Promise<void> {
    if (this.#isDone || (await this.check())) return;
    throw unavailable(
      "this gateway waits for the first sync of Katello, which lists the repositories",
      RETRY_AFTER_S,
    );
  }

  #reload(): void {
    if (this.#isDone) return;
    this.#isPending = false;
    this.#version += 1;
    setImmediate(() => void this.check().catch(() => undefined));
  }
}
