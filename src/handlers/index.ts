/** One handler for every operation of the contract. */
import type { Handlers } from "../operations.ts";
import { type BrowseOptions, createBrowse } from "./browse.ts";
import { createOperate, type OperateOptions } from "./operate.ts";
import { createProxy, type ProxyOptions } from "./proxy.ts";
import { createPull, type PullOptions } from "./pull.ts";
import { createSync, type SyncOptions } from "./sync.ts";
import { createToken, type TokenOptions } from "./token.ts";

/** What all handlers together rest on. */
export interface HandlerOptions {
  readonly token: TokenOptions;
  readonly pull: PullOptions;
  readonly browse: BrowseOptions;
  readonly sync: SyncOptions;
  readonly proxy: ProxyOptions;
  readonly operate: OperateOptions;
}

/** Makes them. */
export function createHandlers(options: HandlerOptions): Handlers {
  const token = createToken(options.token);
  return {
    getToken: token,
    headToken: token,
    ...createPull(options.pull),
    ...createBrowse(options.browse),
    ...createSync(options.sync),
    ...createProxy(options.proxy),
    ...createOperate(options.operate),
  };
}
