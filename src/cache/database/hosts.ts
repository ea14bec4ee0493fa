/** Cache of hosts. Unknown hosts are never cached, because a host may be registered at any moment. */

import { BatchedLookup } from "../../database/batched-lookup.ts";
import type { Feed } from "../../database/change-feed/change-feed.ts";
import type { StoredHost } from "../../model/grants.ts";
import type { HostStore } from "../../store/hosts.ts";
import { BoundedCache, type CachePart } from "../bounded-cache.ts";
import { CoherentCache, orStale } from "../coherent-cache.ts";

interface CachedHost {
  readonly host: StoredHost;
  /** Expiry of the entry on the monotonic clock, after which the database tells again if its grants are stale. */
  readonly expiresMs: number;
}

const TTL_MS = 30_000;
/** Entries of the map from uuid to id: callers send uuids, and the change feed sends ids. */
const MAX_IDS = 100_000;

/** Caches hosts with their grants' state. */
export class CachedHosts {
  readonly #hosts: CoherentCache<CachedHost>;
  readonly #ids = new Map<string, string>();
  readonly #lookup: BatchedLookup<string, StoredHost | undefined>;

  /**
   * @param grantsTtlS seconds after which grants are stale; 0 for never
   * @param limitBytes bound of all cached hosts
   */
  constructor(hosts: Pick<HostStore, "find">, changes: Feed, grantsTtlS: number, limitBytes: number) {
    this.#hosts = new CoherentCache({
      changes,
      cache: new BoundedCache(limitBytes),
      invalidatedBy: { hosts: (id) => id },
    });
    this.#lookup = new BatchedLookup((uuids) => hosts.find(uuids, grantsTtlS));
  }

  /** Parts of this cache, for operators. */
  get parts(): readonly CachePart[] {
    return [this.#hosts];
  }

  async find(uuid: string): Promise<StoredHost | undefined> {
    const id = this.#ids.get(uuid);
    const cached = id === undefined ? undefined : this.#hosts.get(id);
    if (cached !== undefined && cached.expiresMs > performance.now()) return cached.host;
    const version = this.#hosts.version();
    const host = await orStale(this.#lookup.find(uuid, uuid), () =>
      id === undefined ? undefined : this.#hosts.getStale(id)?.host,
    );
    if (host === undefined && id !== undefined) this.#hosts.invalidate(id);
    // Stale grants are about to be refetched, and an unregistered host is about to change, so neither is cached.
    if (host !== undefined && !host.stale && !host.unregistered) {
      if (this.#ids.size >= MAX_IDS) this.#ids.clear();
      this.#ids.set(uuid, String(host.id));
      this.#hosts.put(version, String(host.id), { host, expiresMs: performance.now() + TTL_MS }, 100);
    }
    return host;
  }
}
