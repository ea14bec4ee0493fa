/** One handler for every operation of the contract. */
import type { Handlers } from "../model/operations.ts";
import { type AdminOptions, createAdmin } from "./admin.ts";
import { type AdminSessionOptions, createAdminSessions } from "./admin-sessions.ts";
import { type AdminViewOptions, createAdminViews } from "./admin-views.ts";
import { type CatalogOptions, createCatalog } from "./catalog.ts";
import { createFlatpak, type FlatpakOptions } from "./flatpak.ts";
import { createHealth, type HealthOptions } from "./health.ts";
import { createPull, type PullOptions } from "./pull.ts";
import { createReferrers, type ReferrersOptions } from "./referrers.ts";
import { createSearch, type SearchOptions } from "./search.ts";
import { createSmartProxy, type SmartProxyOptions } from "./smart-proxy.ts";
import { createSync, type SyncOptions } from "./sync.ts";
import { createToken, type TokenOptions } from "./token.ts";

/** Dependencies of all handlers. */
export interface HandlerOptions {
  readonly token: TokenOptions;
  readonly pull: PullOptions;
  readonly referrers: ReferrersOptions;
  readonly catalog: CatalogOptions;
  readonly search: SearchOptions;
  readonly flatpak: FlatpakOptions;
  readonly sync: SyncOptions;
  readonly smartProxy: SmartProxyOptions;
  readonly health: HealthOptions;
  readonly admin: AdminOptions & AdminSessionOptions & AdminViewOptions;
}

/** Creates the handlers of all operations. */
export function createHandlers(options: HandlerOptions): Handlers {
  return {
    ...createToken(options.token),
    ...createPull(options.pull),
    ...createReferrers(options.referrers),
    ...createCatalog(options.catalog),
    ...createSearch(options.search),
    ...createFlatpak(options.flatpak),
    ...createSync(options.sync),
    ...createSmartProxy(options.smartProxy),
    ...createHealth(options.health),
    ...createAdmin(options.admin),
    ...createAdminSessions(options.admin),
    ...createAdminViews(options.admin),
  };
}
