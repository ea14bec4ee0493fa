/** Tags of a repository in the caches of all workers. */
import type { CachedTag } from "../model/content.ts";
import type { RepositoryName } from "../model/names.ts";
import type { WorkerGroup } from "./workers.ts";

/** Tags that are shown; there may be thousands. */
const SHOWN_TAGS_LIMIT = 100;

const worthOf = ({ digest, missing }: CachedTag): number =>
  digest === undefined ? Number(missing === true) : 2;

/** True if an entry says more than another about the same tag, or as much for longer. */
const isBetter = (one: CachedTag, other: CachedTag): boolean =>
  worthOf(one) === worthOf(other) ? one.expires_at > other.expires_at : worthOf(one) > worthOf(other);

/** Reads the caches: of each tag the entry that knows its manifest, or says that it is missing, and expires last. */
export async function cachedTags(workers: WorkerGroup, repository: RepositoryName) {
  const best = new Map<string, CachedTag>();
  for (const found of await workers.ask("cached-tags", { repository }))
    for (const tag of found) {
      const known = best.get(tag.tag);
      if (known === undefined || isBetter(tag, known)) best.set(tag.tag, tag);
    }
  // Tags are ASCII, so that this is the order of their bytes; a list has tens of thousands.
  const shown = [...best.keys()].sort().slice(0, SHOWN_TAGS_LIMIT);
  return { cached_tags: shown.flatMap((tag) => best.get(tag) ?? []), cached_tag_count: best.size };
}
