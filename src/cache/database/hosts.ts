/** Hosts in front of PostgreSQL. That a host is not known is never remembered: it may be listed at any moment. */

import type { Feed } from "../../database/change-feed/change-feed.ts";
import type { KnownHost } from "../../model/grants.ts";
import type { HostCache } from "../../store/hosts.ts";
import { orRecalled, Vouched } from "../coherent-cache.ts";
import { Memory } from "../lru-cache.ts";
import { Lookup } from "./batched-lookup.ts";

interface Remembered {
  readonly host: KnownHost;
  /** When it is to be asked again whether the grants are stale, in milliseconds of the process's own clock. */
  readonly until: number;
}

const LIFE = 30_000;
/** Changes name ids, callers uuids. */
const MOST_IDS = 100_000;

/** Hosts in front of PostgreSQL. */
export class KnownHosts {
  readonly #memory: Vouched<Remembered>;
  readonly #ids = new Map<string, string>();
  readonly #lookup: Lookup<string, KnownHost | undefined>;

  /**
   * @param grantsTtl seconds after which grants are stale; never for 0
   * @param limit bytes to remember hosts in
   */
  constructor(hosts: Pick<HostCache, "find">, changes: Feed, grantsTtl: number, limit: number) {
    this.#memory = new Vouched({ changes, memory: new Memory(limit), concerns: { hosts: (id) => id } });
    this.#lookup = new Lookup((uuids) => hosts.find(uuids, grantsTtl));
  }

  async find(uuid: string): Promise<KnownHost | undefined> {
    const id = this.#ids.get(uuid);
    const remembered = id === undefined ? undefined : this.#memory.get(id);
    if (remembered !== undefined && remembered.until > performance.now()) return remembered.host;
    const ticket = this.#memory.ticket();
    const host = await orRecalled(this.#lookup.ask(uuid, uuid), () =>
      id === undefined ? undefined : this.#memory.recall(id)?.host,
    );
    if (host === undefined && id !== undefined) this.#memory.drop(id);
    // What is stale is renewed at once, and what is unsettled soon, so that is looked up again.
    if (host !== undefined && !host.stale && !host.unsettled) {
      if (this.#ids.size >= MOST_IDS) this.#ids.clear();
      this.#ids.set(uuid, String(host.id));
      this.#memory.put(ticket, String(host.id), { host, until: performance.now() + LIFE }, 100);
    }
    return host;
  }
}
