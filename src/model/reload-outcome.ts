/** Outcome of a reload, as the primary reports it to the worker that was asked for it. */

/** Number of new workers; or why the reload failed, so that nothing has changed; or the time after which it still ran. */
export type ReloadOutcome =
  | { readonly workers: number }
  | { readonly failed: string }
  | { readonly pendingSeconds: number };
