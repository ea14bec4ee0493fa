/** Matches of recent requests: clients ask for the same images again and again. */
import type { Match } from "./routes.ts";

/** Matches in each of two generations. */
const MAX_MATCHES = 2_048;
/** Longer paths are not kept, so that all kept ones take a few MiB at most. */
const MAX_PATH_CHARS = 512;

/** Keeps the matches that were used last. When a generation is full, those that were not used in it are dropped. */
export class RecentMatches {
  #current = new Map<string, Match>();
  #previous = new Map<string, Match>();

  get(method: string, path: string): Match | undefined {
    const key = method + path;
    const match = this.#current.get(key);
    if (match !== undefined) return match;
    const older = this.#previous.get(key);
    if (older !== undefined) this.#keep(key, older);
    return older;
  }

  put(method: string, path: string, match: Match): void {
    if (path.length <= MAX_PATH_CHARS) this.#keep(method + path, match);
  }

  #keep(key: string, match: Match): void {
    if (this.#current.size >= MAX_MATCHES) {
      this.#previous = this.#current;
      this.#current = new Map();
    }
    this.#current.set(key, match);
  }
}
