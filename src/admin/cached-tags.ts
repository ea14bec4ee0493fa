/** Tags of a repository in the caches of all workers. */
import type { CachedTag } from "../model/content.ts";
import { byBytes, type RepositoryName } from "../model/names.ts";
import type { WorkerGroup } from "./workers.ts";

/** Tags that are shown; there may be thousands. */
const SHOWN_TAGS_LIMIT = 100;

/** Reads the caches: of each tag the entry that knows its manifest, or says that it is missing, and expires last. */
export async function cachedTags(workers: WorkerGroup, repository: RepositoryName) {
  const found = (await workers.ask("cached-tags", { repository })).flat();
  const weight = ({ digest, missing }: CachedTag) => (digest === undefined ? Number(missing === true) : 2);
  const byWorth = found.toSorted(
    (one, other) => weight(one) - weight(other) || Date.parse(one.expires_at) - Date.parse(other.expires_at),
  );
  const tags = [...new Map(byWorth.map((tag) => [tag.tag, tag])).values()];
  return {
    cached_tags: tags.sort((one, other) => byBytes(one.tag, other.tag)).slice(0, SHOWN_TAGS_LIMIT),
    cached_tag_count: tags.length,
  };
}
