/** Whether anybody still wants an answer. What an AbortSignal is for, at a fifth of its price, for every pull needs some. */
import { EventEmitter } from "node:events";

/** Whoever asked has gone. */
export class Gone extends Error {}

/** Lost once at the most, and then for good. undici takes it for a signal. */
export class Interest extends EventEmitter {
  /** Why it was lost. */
  reason: Error | undefined;

  /** Whether it is lost; by the name that undici looks for. */
  get aborted(): boolean {
    return this.reason !== undefined;
  }

  lose(reason: Error = new Gone("nobody waits for the answer any more")): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    this.emit("abort");
  }

  /**
   * Calls `listener` when it is lost, or now if it is lost already.
   * @returns what takes the listener away again
   */
  onLost(listener: () => void): () => void {
    if (this.aborted) listener();
    this.once("abort", listener);
    return () => void this.off("abort", listener);
  }
}
