/** Server-sent events for pages that are open: the state, the newest samples, and decisions as they are made. */
import { Readable } from "node:stream";
import { unavailable } from "../model/errors.ts";
import type { ActivitySampler } from "./activity.ts";
import type { Status } from "./status.ts";
import type { WorkerGroup } from "./workers.ts";

/** Sources of the events. */
export interface LiveOptions {
  readonly status: () => Promise<Status>;
  readonly activity: Pick<ActivitySampler, "history">;
  readonly workers: WorkerGroup;
}

/** Time between two events of decisions. */
const DECISIONS_INTERVAL_MS = 1_000;
/** Events of decisions per event of the state, and of the samples. */
const STATUS_FACTOR = 4;
const HISTORY_FACTOR = 5;
/** Time that decisions of other workers may take to come. */
const OVERLAP_MS = 5_000;
const MAX_STREAMS = 64;
/** Maximum bytes that wait for a slow page, which is then disconnected. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** Time after which a browser connects again, in the form of the protocol. */
const RETRY = "retry: 1000\n\n";

const eventOf = (name: string, data: unknown): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

/** An open page. */
interface Page {
  readonly stream: Readable;
  readonly isOpen: () => boolean;
}

/** Sends events to all open pages of this worker; without any it does nothing. */
export class Live {
  readonly #options: LiveOptions;
  readonly #pages = new Set<Page>();
  #timer: NodeJS.Timeout | undefined;
  #ticks = 0;
  #isTicking = false;
  #isClosed = false;
  /** Time of the last look at the decisions, and the keys of those that were sent since shortly before. */
  #lookedAt = 0;
  #sent = new Set<string>();

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  /**
   * Opens a stream, which begins with the state and the samples.
   * @param isOpen false once the session of the page has ended
   * @throws RegistryError UNAVAILABLE if there are too many, or after {@link close}
   */
  open(isOpen: () => boolean): Readable {
    if (this.#isClosed) throw unavailable("the gateway is shutting down", 1);
    if (this.#pages.size >= MAX_STREAMS) throw unavailable("too many pages are open", 10);
    const page: Page = { stream: new Readable({ read: () => undefined }), isOpen };
    page.stream.push(RETRY);
    this.#pages.add(page);
    page.stream.once("close", () => this.#leave(page));
    if (this.#timer === undefined) {
      this.#lookedAt = Date.now();
      this.#timer = setInterval(() => void this.#tick(), DECISIONS_INTERVAL_MS).unref();
    }
    void this.#greet(page);
    return page.stream;
  }

  /**
   * Ends all streams and refuses others, so that a shutdown does not wait for them. The pages connect again: over a connection that
   * is still open they come back to this process, which refuses them, and then to its successor.
   */
  close(): void {
    this.#isClosed = true;
    for (const { stream } of this.#pages) stream.push(null);
    this.#pages.clear();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #leave(page: Page): void {
    this.#pages.delete(page);
    if (this.#pages.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #greet({ stream }: Page): Promise<void> {
    const [status, history] = await Promise.all([
      this.#options.status(),
      this.#options.activity.history(),
    ]).catch(() => []);
    if (stream.destroyed || stream.readableEnded) return;
    if (status !== undefined) stream.push(eventOf("status", status));
    if (history !== undefined) stream.push(eventOf("history", history));
  }

  async #tick(): Promise<void> {
    if (this.#isTicking) return;
    this.#isTicking = true;
    this.#ticks += 1;
    try {
      await this.#sendDecisions();
      if (this.#ticks % STATUS_FACTOR === 0) this.#send(eventOf("status", await this.#options.status()));
      if (this.#ticks % HISTORY_FACTOR === 0)
        this.#send(eventOf("history", await this.#options.activity.history(3)));
    } catch {
      // The page shows that nothing comes; the next look may succeed.
    } finally {
      this.#isTicking = false;
    }
  }

  async #sendDecisions(): Promise<void> {
    const since = this.#lookedAt - OVERLAP_MS;
    this.#lookedAt = Date.now();
    const answers = await this.#options.workers.ask("decisions", { since });
    const keyed = answers.flatMap(({ pid, decisions }) =>
      decisions.map(({ number, shown }) => ({ key: `${pid} ${number}`, shown })),
    );
    const fresh = keyed.filter(({ key }) => !this.#sent.has(key)).map(({ shown }) => shown);
    this.#sent = new Set(keyed.map(({ key }) => key));
    fresh.sort((one, other) => Date.parse(one.time) - Date.parse(other.time));
    // Without news a comment keeps the connection alive, and shows a closed one.
    this.#send(fresh.length === 0 ? ":\n\n" : eventOf("audit", fresh));
  }

  #send(text: string): void {
    for (const page of this.#pages) {
      const { stream, isOpen } = page;
      if (stream.readableLength > MAX_WAITING_BYTES) stream.destroy();
      else if (isOpen()) stream.push(text);
      else {
        stream.push(eventOf("end", {}));
        stream.push(null);
        this.#pages.delete(page);
      }
    }
  }
}
