/** Dependencies of the adapter between node:http and the handlers. */
import type { Logger } from "pino";
import type { Authenticate } from "../auth/authenticate.ts";
import type { Hosts } from "../auth/hosts/hosts.ts";
import type { OriginOf } from "../connection/origin.ts";
import type { TrustedProxies } from "../connection/trusted-proxies.ts";
import type { Operation } from "../generated/operations.ts";
import type { RequestMetrics } from "../metrics/metrics.ts";
import type { Audit } from "../model/audit-events.ts";
import type { Handlers } from "../model/operations.ts";
import type { Traces } from "../model/trace.ts";
import type { Settings } from "../settings/keys.ts";
import type { Pages } from "./api-pages.ts";
import type { Checks } from "./contract.ts";
import type { RefusalOptions } from "./refusals.ts";

/** Settings of the adapter. */
export type ApiSettings = Pick<
  Settings,
  | "audit_pulls"
  | "max_sync_bytes"
  | "max_requests"
  | "max_requests_per_address"
  | "max_reply_bytes"
  | "min_client_rate"
>;

/** Dependencies of the adapter. */
export interface ApiOptions {
  readonly settings: ApiSettings;
  /** Validators of the parameters. */
  readonly checks: Checks;
  readonly handlers: Handlers;
  readonly authenticate: Authenticate;
  readonly hosts: Pick<Hosts, "authenticate">;
  readonly originOf: OriginOf;
  readonly proxies: Pick<TrustedProxies, "clientAddress" | "isForwarded">;
  readonly trustedHosts: RefusalOptions["trustedHosts"];
  readonly onRefusedSync: RefusalOptions["onRefusedSync"];
  readonly audit: Audit;
  readonly log: Logger;
  readonly metrics: RequestMetrics;
  readonly traces: Traces;
  /** Undefined for a listener without pages. */
  readonly pages?: Pages;
  /** Operations that are served. */
  readonly operations: readonly Operation[];
}
