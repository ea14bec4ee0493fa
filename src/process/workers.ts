/**
 * Primary process: starts the workers that share the listeners, replaces those that die, and exchanges all of them at a reload.
 *
 * | state    | event                              | next state                                              |
 * |----------|------------------------------------|---------------------------------------------------------|
 * | starting | ready                              | serving                                                 |
 * | starting | exit before any worker was ready   | ended; the primary fails                                |
 * | starting | exit in a reload                   | ended; the reload fails, and the old workers go on      |
 * | serving  | exit                               | ended; another one is started                           |
 * | serving  | exit of the last one, with sockets of systemd | ended; the primary fails, and systemd starts it anew |
 * | serving  | all workers of a reload are ready  | retiring: it accepts no connections, and ends the others |
 * | retiring | exit                               | ended                                                   |
 */
import cluster, { type Worker } from "node:cluster";
import type { Logger } from "pino";
import type { ReloadOutcome } from "../model/reload-outcome.ts";
import { StartupError } from "../model/startup-error.ts";
import { type ForkedWorker, forkWorker, RETIRE } from "./forked-worker.ts";
import { answerReloads } from "./reload-channel.ts";
import { sendIfConnected, WorkerRelay } from "./worker-channel.ts";

/** Settings and dependencies of {@link runWorkers}. */
export interface WorkerOptions {
  readonly count: number;
  /** Variables in addition to the primary's own environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Number of listeners of each worker. */
  readonly listeners: number;
  /** True if systemd has passed sockets. */
  readonly inheritsSockets: boolean;
  /** Called when a worker has bound all of its listeners. */
  readonly onListening: () => void;
  /** Called once, when every worker has started up. */
  readonly onReady: () => void;
  /** Registers a function that exchanges all workers, and rejects if the new ones fail to start. */
  readonly onReload: (exchange: (count: number) => Promise<void>) => void;
  /** Reloads when a worker requests it. Never rejects. */
  readonly reload: () => Promise<ReloadOutcome>;
  readonly log: Logger;
}

/** Minimum lifetime of a worker that is replaced without a delay. */
const SHORT_LIFETIME_MS = 5_000;
const RESTART_DELAY_MS = 1_000;

const lastWorkerDied = (code: number | null, signal: string | null): StartupError =>
  new StartupError(
    `the last worker died (${signal ?? `exit code ${code}`}), and systemd's sockets are closed: systemd must start the gateway again`,
  );

/** Workers of one gateway. */
class Workers {
  readonly #options: WorkerOptions;
  readonly #stop: AbortSignal;
  readonly #serving = new Set<Worker>();
  readonly #retiring = new Set<Worker>();
  /** New workers of a reload that are not ready yet. */
  #starting: readonly Worker[] = [];
  readonly #relay = new WorkerRelay(this.#serving);
  /** Workers that have started up. */
  readonly #ready = new WeakSet<Worker>();
  #wasReady = false;
  #wasAnnounced = false;
  /** True once all workers have been told to end: at the stop of the gateway, or after a failed start. */
  #isEnding = false;
  #failure: Error | undefined;
  #resolve: () => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(options: WorkerOptions, stop: AbortSignal) {
    this.#options = options;
    this.#stop = stop;
  }

  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#stop.addEventListener("abort", this.#stopAll, { once: true });
      for (let index = 0; index < this.#options.count; index += 1) this.#start();
    });
  }

  /** Starts as many new workers, and retires the old ones when all are ready. @throws StartupError if one fails */
  async exchange(count: number): Promise<void> {
    const old = [...this.#serving];
    const fresh = Array.from({ length: count }, () => this.#fork());
    this.#starting = fresh.map(({ worker }) => worker);
    const results = await Promise.allSettled(fresh.map(({ ready }) => ready));
    this.#starting = [];
    if (this.#stop.aborted) throw new StartupError("the gateway is shutting down");
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) {
      for (const { worker } of fresh) worker.process.kill("SIGTERM");
      throw failed.reason;
    }
    for (const { worker } of fresh) {
      this.#serve(worker);
      this.#ready.add(worker);
    }
    for (const worker of old.filter((one) => this.#serving.delete(one))) {
      this.#retiring.add(worker);
      sendIfConnected(worker, RETIRE);
    }
    this.#announce();
  }

  readonly #stopAll = (): void => {
    this.#isEnding = true;
    for (const worker of [...this.#serving, ...this.#retiring, ...this.#starting])
      worker.process.kill("SIGTERM");
    this.#endIfDone();
  };

  #endIfDone(): void {
    if (this.#serving.size > 0 || this.#retiring.size > 0) return;
    if (this.#failure === undefined) this.#resolve();
    else this.#reject(this.#failure);
  }

  /** Starts a worker that is replaced when it dies. */
  #start(): void {
    if (this.#isEnding) return;
    const { worker, ready } = this.#fork();
    this.#serve(worker);
    ready.then(
      () => {
        this.#wasReady = true;
        this.#ready.add(worker);
        this.#announce();
      },
      (error: Error) => {
        if (this.#isEnding || worker.process.signalCode !== null) return;
        if (this.#wasReady) this.#options.log.error({ reason: error.message }, "new worker can't start up");
        else this.#fail(error);
      },
    );
  }

  /** Announces once that all workers have started up: requests to one that has not are refused after a while. */
  #announce(): void {
    const serving = [...this.#serving];
    if (this.#wasAnnounced || serving.length === 0) return;
    if (serving.some((worker) => !this.#ready.has(worker))) return;
    this.#wasAnnounced = true;
    this.#options.onReady();
  }

  /** Ends all workers, and then fails. */
  #fail(error: Error): void {
    this.#failure ??= error;
    this.#stopAll();
  }

  #fork(): ForkedWorker {
    const forked = forkWorker(this.#options);
    this.#relay.attach(forked.worker);
    answerReloads(forked.worker, this.#options.reload);
    return forked;
  }

  #serve(worker: Worker): void {
    const started = performance.now();
    this.#serving.add(worker);
    worker.once("exit", (code, signal) => {
      const wasServing = this.#serving.delete(worker);
      this.#retiring.delete(worker);
      if (this.#isEnding) return this.#endIfDone();
      if (!wasServing) return this.#options.log.info({ worker: worker.process.pid }, "old worker has ended");
      if (!this.#wasReady && signal === null) return;
      if (this.#wasReady) this.#announce();
      // Node.js closes the sockets that it has passed to workers when the last of them has ended.
      if (this.#options.inheritsSockets && this.#serving.size === 0) {
        // Without waiting for the others: nobody accepts connections until systemd has started the gateway again.
        this.#reject(lastWorkerDied(code, signal));
        return this.#stopAll();
      }
      this.#options.log.error({ worker: worker.process.pid, code, signal }, "worker died: starting another");
      const isShort = performance.now() - started < SHORT_LIFETIME_MS;
      setTimeout(() => this.#start(), isShort ? RESTART_DELAY_MS : 0);
    });
  }
}

/**
 * Runs workers until `stop` is aborted and all of them have ended.
 * @throws StartupError if a worker fails before any was ready: a replacement would fail as well. Workers may take their
 *   time: they wait for PostgreSQL
 */
export async function runWorkers(options: WorkerOptions, stop: AbortSignal): Promise<void> {
  // Workers accept connections themselves. A connection that the primary accepted would be lost if the worker died before
  // it received it, and would end with the primary although systemd sockets outlive it.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  const workers = new Workers(options, stop);
  options.onReload((count) => workers.exchange(count));
  await workers.run();
}
