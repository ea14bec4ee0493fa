/** The listeners of a gateway: for clients, for the callers of a façade, and for administration, each with the operations it serves. */
import type { openAdministration } from "./admin/index.ts";
import { ADMIN_OPERATIONS, METRICS_OPERATIONS, PUBLIC_OPERATIONS } from "./admin/operations.ts";
import { authenticateSessions } from "./admin/sessions/authenticate.ts";
import type { openAuth } from "./auth/index.ts";
import { AddressSet } from "./connection/address-set.ts";
import type { Peer } from "./connection/peer.ts";
import { type Facade, openFacade } from "./facade/index.ts";
import { type AdminListener, startAdminListener } from "./http/admin-listener.ts";
import { Api } from "./http/api.ts";
import type { ApiOptions } from "./http/api-options.ts";
import { createPages } from "./http/api-pages.ts";
import { createManualPages } from "./http/manual-pages.ts";
import { type DrainTimes, type Server, startServer } from "./http/server.ts";
import { createUiPages } from "./http/ui-pages.ts";
import type { Settings } from "./settings/keys.ts";

/** Dependencies of all operations, and the parts that authenticate. */
export interface ListenersOptions
  extends Pick<ApiOptions, "checks" | "handlers" | "onRefusedSync" | "audit" | "log" | "metrics" | "traces"> {
  readonly settings: Settings;
  readonly auth: Awaited<ReturnType<typeof openAuth>>;
  readonly administration: ReturnType<typeof openAdministration>;
}

/** Open listeners. */
export interface OpenListeners {
  readonly server: Server;
  readonly facade: Facade | undefined;
  readonly admin: AdminListener;
}

/** Listeners of one gateway. Their requests and addresses can be read before all of them are open. */
export class Listeners {
  readonly #options: ListenersOptions;
  readonly #apis: Api[] = [];
  readonly #closers: ((times: DrainTimes) => Promise<void>)[] = [];
  #browserUrls: readonly string[] = [];
  #facade: Facade | undefined;

  constructor(options: ListenersOptions) {
    this.#options = options;
  }

  /** Number of requests in flight. */
  get inFlight(): number {
    return this.#apis.reduce((sum, { inFlight }) => sum + inFlight, 0);
  }

  /** The façade, once it is open. */
  get facade(): Facade | undefined {
    return this.#facade;
  }

  /** URLs of administration for browsers. */
  get browserUrls(): readonly string[] {
    return this.#browserUrls;
  }

  #openApi(own: Pick<ApiOptions, "operations" | "pages"> & Partial<ApiOptions>): Api {
    const { auth, administration: _, ...shared } = this.#options;
    const api = new Api({ ...shared, ...auth, ...own });
    this.#apis.push(api);
    return api;
  }

  /** Opens all. @throws StartupError if an address can't be bound; those that are open by then have to be closed */
  async open(): Promise<OpenListeners> {
    const { settings, auth, administration, log } = this.#options;
    const api = this.#openApi({ operations: PUBLIC_OPERATIONS, pages: createPages(PUBLIC_OPERATIONS) });
    const common = {
      settings,
      isReverseProxy: (peer: Peer) => auth.proxies.include(peer),
      balancers: new AddressSet(settings.proxy_protocol_from),
      log,
    };
    const server = await startServer({ ...common, handle: api.handle, onAccept: () => api.accepted() });
    this.#closers.push((times) => server.close(times));
    this.#facade = await openFacade({ ...common, handle: api.handle, trustedHosts: auth.trustedHosts });
    const facade = this.#facade;
    if (facade !== undefined) this.#closers.push((times) => facade.close(times));
    const admin = await startAdminListener({
      ...common,
      handle: this.#openApi({
        operations: ADMIN_OPERATIONS,
        pages: createUiPages(createManualPages(createPages(ADMIN_OPERATIONS))),
        authenticate: authenticateSessions({ ...auth, sessions: administration.sessions }),
      }).handle,
      metrics: this.#openApi({
        operations: METRICS_OPERATIONS,
        authenticate: async () => ({ kind: "administrator", name: "metrics_listen" }),
      }).handle,
    });
    this.#closers.push((times) => {
      administration.endEvents();
      return admin.close(times);
    });
    this.#browserUrls = admin.addresses.flatMap(({ transport, url }) => (transport === "unix" ? [] : url));
    return { server, facade, admin };
  }

  /** Closes all that are open, after their requests in flight. */
  async close(times: DrainTimes): Promise<void> {
    await Promise.all(this.#closers.splice(0).map((close) => close(times)));
  }
}
