/** One handler for every operation of the contract. */
import type { Handlers } from "../model/operations.ts";
import { type BrowseOptions, createBrowse } from "./catalog.ts";
import { createFlatpak, type FlatpakOptions } from "./flatpak.ts";
import { createOperate, type OperateOptions } from "./health.ts";
import { createPull, type PullOptions } from "./pull.ts";
import { createReferrers, type ReferrersOptions } from "./referrers.ts";
import { createSearch, type SearchOptions } from "./search.ts";
import { createProxy, type ProxyOptions } from "./smart-proxy.ts";
import { createSync, type SyncOptions } from "./sync.ts";
import { createToken, type TokenOptions } from "./token.ts";

/** What all handlers together rest on. */
export interface HandlerOptions {
  readonly token: TokenOptions;
  readonly pull: PullOptions;
  readonly referrers: ReferrersOptions;
  readonly browse: BrowseOptions;
  readonly search: SearchOptions;
  readonly flatpak: FlatpakOptions;
  readonly sync: SyncOptions;
  readonly proxy: ProxyOptions;
  readonly operate: OperateOptions;
}

/** Makes them. */
export function createHandlers(options: HandlerOptions): Handlers {
  return {
    ...createToken(options.token),
    ...createPull(options.pull),
    ...createReferrers(options.referrers),
    ...createBrowse(options.browse),
    ...createSearch(options.search),
    ...createFlatpak(options.flatpak),
    ...createSync(options.sync),
    ...createProxy(options.proxy),
    ...createOperate(options.operate),
  };
}
