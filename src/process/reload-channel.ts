/**
 * Reloads that a worker requests from the primary, which reports the outcome.
 *
 * | from    | to                | message          |
 * |---------|-------------------|------------------|
 * | worker  | primary           | `ask-reload`     |
 * | primary | requesting worker | `reload-outcome` |
 *
 * A successful reload retires the requesting worker, whose channel stays open while it drains.
 */
import type { Worker } from "node:cluster";
import type { ReloadOutcome } from "../model/reload-outcome.ts";
import { sendIfConnected } from "./worker-channel.ts";

type Message =
  | { readonly kind: "ask-reload"; readonly id: number }
  | { readonly kind: "reload-outcome"; readonly id: number; readonly outcome: ReloadOutcome };

/** Maximum wait for an outcome. New workers take seconds, but wait for a PostgreSQL that is unavailable. */
const OUTCOME_TIMEOUT_MS = 60_000;

const STOPPING: ReloadOutcome = { failed: "the gateway is shutting down" };

const isMessage = (message: Message | string): message is Message =>
  typeof message === "object" && message !== null && "kind" in message;

/** Requests reloads in a worker. */
export class ReloadChannel {
  readonly #worker: Worker;
  readonly #pending = new Map<number, (outcome: ReloadOutcome) => void>();
  #lastId = 0;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on("message", (message: Message | string) => {
      if (isMessage(message) && message.kind === "reload-outcome")
        this.#pending.get(message.id)?.(message.outcome);
    });
    worker.once("disconnect", () => {
      for (const settle of this.#pending.values()) settle(STOPPING);
    });
  }

  /** Reloads, and waits for the outcome for at most {@link OUTCOME_TIMEOUT_MS}. Never rejects. */
  readonly request = (): Promise<ReloadOutcome> => {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      const settle = (outcome: ReloadOutcome) => {
        clearTimeout(timer);
        this.#pending.delete(id);
        resolve(outcome);
      };
      const timer = setTimeout(settle, OUTCOME_TIMEOUT_MS, { pendingSeconds: OUTCOME_TIMEOUT_MS / 1000 });
      this.#pending.set(id, settle);
      sendIfConnected(this.#worker, { kind: "ask-reload", id }, () => settle(STOPPING));
    });
  };
}

/**
 * Reloads in the primary when a worker requests it, and reports the outcome to that worker.
 * @param reload never rejects
 */
export function answerReloads(worker: Worker, reload: () => Promise<ReloadOutcome>): void {
  worker.on("message", async (message: Message | string) => {
    if (!isMessage(message) || message.kind !== "ask-reload") return;
    sendIfConnected(worker, { kind: "reload-outcome", id: message.id, outcome: await reload() });
  });
}
