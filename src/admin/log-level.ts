/** The log level of a worker, which an operator may change for a time. */
import type { Logger } from "pino";

/** Changes the level of a log. */
export class LogLevel {
  readonly #log: Logger;
  /** Level of the settings. */
  readonly #usual: string;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Logger) {
    this.#log = log;
    this.#usual = log.level;
  }

  get level(): string {
    return this.#log.level;
  }

  /** @param seconds time after which the level of the settings applies again; for good if undefined */
  set(level: string, seconds: number | undefined): void {
    clearTimeout(this.#timer);
    this.#log.level = level;
    if (seconds === undefined) return;
    this.#timer = setTimeout(() => {
      this.#log.level = this.#usual;
    }, seconds * 1000).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
