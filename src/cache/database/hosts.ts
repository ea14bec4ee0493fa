/** Hosts in front of PostgreSQL. That a host is not known is never remembered: it may be listed at any moment. */

import type { Feed } from "../../database/change-feed/change-feed.ts";
import type { StoredHost } from "../../model/grants.ts";
import type { HostStore } from "../../store/hosts.ts";
import { BoundedCache } from "../bounded-cache.ts";
import { CoherentCache, orStale } from "../coherent-cache.ts";
import { BatchedLookup } from "./batched-lookup.ts";

interface Remembered {
  readonly host: StoredHost;
  /** When it is to be asked again whether the grants are stale, in milliseconds of the process's own clock. */
  readonly until: number;
}

const TTL_MS = 30_000;
/** ChangeFeed name ids, callers uuids. */
const MAX_IDS = 100_000;

/** Hosts in front of PostgreSQL. */
export class CachedHosts {
  readonly #memory: CoherentCache<Remembered>;
  readonly #ids = new Map<string, string>();
  readonly #lookup: BatchedLookup<string, StoredHost | undefined>;

  /**
   * @param grantsTtl seconds after which grants are stale; never for 0
   * @param limit bytes to remember hosts in
   */
  constructor(hosts: Pick<HostStore, "find">, changes: Feed, grantsTtl: number, limit: number) {
    this.#memory = new CoherentCache({
      changes,
      cache: new BoundedCache(limit),
      invalidatedBy: { hosts: (id) => id },
    });
    this.#lookup = new BatchedLookup((uuids) => hosts.find(uuids, grantsTtl));
  }

  async find(uuid: string): Promise<StoredHost | undefined> {
    const id = this.#ids.get(uuid);
    const remembered = id === undefined ? undefined : this.#memory.get(id);
    if (remembered !== undefined && remembered.until > performance.now()) return remembered.host;
    const ticket = this.#memory.version();
    const host = await orStale(this.#lookup.ask(uuid, uuid), () =>
      id === undefined ? undefined : this.#memory.getStale(id)?.host,
    );
    if (host === undefined && id !== undefined) this.#memory.invalidate(id);
    // What is stale is renewed at once, and what is unsettled soon, so that is looked up again.
    if (host !== undefined && !host.stale && !host.unregistered) {
      if (this.#ids.size >= MAX_IDS) this.#ids.clear();
      this.#ids.set(uuid, String(host.id));
      this.#memory.put(ticket, String(host.id), { host, until: performance.now() + TTL_MS }, 100);
    }
    return host;
  }
}
