/** Caches of one process: of the store, kept coherent by the change feed, and of Pulp's replies. `memory_limit` bounds them all. */
import type { OpenDatabase } from "../database/index.ts";
import type { CachedTag, ContentSource, FlatpakIndexes, ReferrerLists, TagLists } from "../model/content.ts";
import type { Subject } from "../model/grants.ts";
import type { RepositoryName } from "../model/names.ts";
import type { Settings } from "../settings/keys.ts";
import type { Store } from "../store/index.ts";
import type { CachePart } from "./bounded-cache.ts";
import { CachedCatalog } from "./database/catalog.ts";
import { CachedFacts } from "./database/facts.ts";
import { FirstSync } from "./database/first-sync.ts";
import { CachedHosts } from "./database/hosts.ts";
import { OpenRepositories } from "./database/open-repositories.ts";
import { CachedTokens } from "./database/tokens.ts";
import { CachedContent } from "./pulp/content-cache.ts";
import { CachedFlatpakIndexes } from "./pulp/flatpak-indexes.ts";
import { CachedReferrers } from "./pulp/referrer-lists.ts";
import { CachedTags } from "./pulp/tag-lists.ts";

/** Parts of `memory_limit`, which add up to 1. */
const PART = {
  facts: 1 / 8,
  catalogs: 1 / 8,
  tokens: 1 / 8,
  hosts: 1 / 8,
  content: 11 / 32,
  flatpakIndexes: 3 / 32,
  tags: 1 / 32,
  referrers: 1 / 32,
} as const;

/** Creates the caches of a store. */
export function openCache(
  { changes }: Pick<OpenDatabase, "changes">,
  { repositories, tokens, hosts }: Pick<Store, "repositories" | "tokens" | "hosts">,
  settings: Pick<
    Settings,
    "memory_limit" | "redirect_ttl" | "tag_ttl" | "grants_ttl" | "serve_before_first_sync"
  >,
) {
  const bytes = (part: keyof typeof PART) => settings.memory_limit * PART[part];
  const list = (part: "tags" | "referrers" | "flatpakIndexes") => ({
    ttlS: settings.tag_ttl,
    limitBytes: bytes(part),
  });
  const parts = new Map<string, readonly CachePart[]>();
  function named<Cache extends { readonly parts: readonly CachePart[] }>(name: string, cache: Cache): Cache {
    parts.set(name, cache.parts);
    return cache;
  }
  /** Caches that know something about tags. */
  const tagCaches: { cachedTags(name: RepositoryName): readonly CachedTag[] }[] = [];
  function withTags<Cache extends (typeof tagCaches)[number]>(cache: Cache): Cache {
    tagCaches.push(cache);
    return cache;
  }
  const firstSync = new FirstSync(repositories, changes, settings.serve_before_first_sync);
  const catalog = named("catalogs", new CachedCatalog(repositories, changes, bytes("catalogs")));
  return {
    /** Parts of each cache, for operators. */
    parts,
    /** Describes the tags of a repository that are cached. A tag may occur more than once. */
    cachedTags: (name: RepositoryName) => tagCaches.flatMap((cache) => cache.cachedTags(name)),
    firstSync,
    openRepositories: new OpenRepositories(repositories, changes),
    facts: named("facts", new CachedFacts(repositories, changes, bytes("facts"))),
    catalog: {
      visible: async (subject: Subject | undefined) => {
        await firstSync.require();
        return catalog.visible(subject);
      },
    },
    tokens: named("tokens", new CachedTokens(tokens, changes, bytes("tokens"))),
    hosts: named("hosts", new CachedHosts(hosts, changes, settings.grants_ttl, bytes("hosts"))),
    contentOf: (source: ContentSource) =>
      withTags(
        named(
          "content",
          new CachedContent(source, {
            redirectTtlS: settings.redirect_ttl,
            tagTtlS: settings.tag_ttl,
            limitBytes: bytes("content"),
          }),
        ),
      ),
    tagsOf: (source: TagLists) => withTags(named("tags", new CachedTags(source, list("tags")))),
    referrersOf: (source: ReferrerLists) =>
      named("referrers", new CachedReferrers(source, list("referrers"))),
    flatpakIndexesOf: (source: FlatpakIndexes) =>
      named("flatpak_indexes", new CachedFlatpakIndexes(source, list("flatpakIndexes"))),
  };
}
