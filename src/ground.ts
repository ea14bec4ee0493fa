/** What the parts of a gateway rest on. */
import type { Logger } from "pino";
import type { Audit } from "./model/audit-events.ts";
import type { Settings } from "./settings/keys.ts";
import type { Caches } from "./store/index.ts";
import type { Upstreams } from "./upstreams/index.ts";

/** Open and in use, in the order in which they are opened. */
export interface Ground {
  readonly settings: Settings;
  readonly caches: Caches;
  readonly upstreams: Upstreams;
  readonly audit: Audit;
  readonly log: Logger;
}
