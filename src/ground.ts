/** What the parts of a gateway rest on. */
import type { Logger } from "pino";
import type { Caches } from "./caches/index.ts";
import type { Audit } from "./decisions.ts";
import type { Settings } from "./settings/keys.ts";
import type { Upstreams } from "./upstreams/index.ts";

/** Open and in use, in the order in which they are opened. */
export interface Ground {
  readonly settings: Settings;
  readonly caches: Caches;
  readonly upstreams: Upstreams;
  readonly audit: Audit;
  readonly log: Logger;
}
