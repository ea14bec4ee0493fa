/** Events of the gateway. A lost connection is shown, and comes back by itself. */
import { bodyOf, gateway, isSignedOut } from "./api.js";

/** @typedef {import("./api.js").Schemas} Schemas */
/** @typedef {{ status: Schemas["Status"], history: Schemas["History"], audit: Schemas["AuditedDecision"][] }} Events */

const RETRY_MS = 2_000;
/** The gateway sends something every second. */
const SILENCE_MS = 15_000;

/** State of the connection, and the last events, for views that open later. */
export class Live extends EventTarget {
  /** @type {EventSource | undefined} */
  #source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Events["status"] | undefined} */
  status;
  /** @type {Map<string, Schemas["History"]["samples"][number]>} */
  samples = new Map();
  isConnected = false;

  start() {
    this.stop();
    const source = new EventSource("/admin/events");
    this.#source = source;
    source.onopen = () => this.#changed(true);
    source.onerror = () => void this.#failed();
    this.#on(source, "status", (status) => {
      this.status = status;
    });
    this.#on(source, "history", (history) => this.#addSamples(history));
    this.#on(source, "audit", () => undefined);
    source.addEventListener("end", () => this.#signedOut());
    this.#expect();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
  }

  /**
   * @template {keyof Events} Name
   * @param {EventSource} source
   * @param {Name} name
   * @param {(data: Events[Name]) => void} keep
   */
  #on(source, name, keep) {
    source.addEventListener(name, ({ data }) => {
      const detail = JSON.parse(data);
      this.#expect();
      this.#changed(true);
      keep(detail);
      this.dispatchEvent(new CustomEvent(name, { detail }));
    });
  }

  /** @param {Schemas["History"]} history */
  #addSamples({ samples }) {
    for (const sample of samples) this.samples.set(sample.at, sample);
    const hourAgo = Date.now() - 60 * 60 * 1000;
    for (const at of this.samples.keys()) if (Date.parse(at) < hourAgo) this.samples.delete(at);
  }

  /** Gives up a connection on which nothing comes. */
  #expect() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#failed(), SILENCE_MS);
  }

  /** @param {boolean} isConnected */
  #changed(isConnected) {
    if (this.isConnected === isConnected) return;
    this.isConnected = isConnected;
    this.dispatchEvent(new Event("connection"));
  }

  #signedOut() {
    this.stop();
    this.dispatchEvent(new Event("signedout"));
  }

  /** Connects again. A browser gives up by itself after an error that is no network's. */
  async #failed() {
    this.stop();
    this.#changed(false);
    const error = await bodyOf(gateway.getSession()).then(
      () => undefined,
      (reason) => reason,
    );
    if (isSignedOut(error)) return this.#signedOut();
    this.#timer = setTimeout(() => this.start(), RETRY_MS);
  }
}

export const live = new Live();
