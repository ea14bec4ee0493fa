/** Log lines about requests that limits refuse: one for many of them, so that an abusive caller does not fill the log. */
import type { Logger } from "pino";

/** Minimum time between two lines about the same limit. */
const NOTICE_INTERVAL_MS = 10_000;

interface Notice {
  /** Time of the last line. */
  loggedAt: number;
  /** Requests refused since then. */
  refused: number;
}

/** Notices of one process. */
export class LimitNotices {
  readonly #log: Logger;
  readonly #notices = new Map<string, Notice>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /**
   * Called for each refused request.
   * @param limit name of the setting
   * @param entry fields of the log line: the latest request stands for all
   */
  refused(limit: string, entry: object): void {
    const now = performance.now();
    const notice = this.#notices.get(limit) ?? { loggedAt: Number.NEGATIVE_INFINITY, refused: 0 };
    this.#notices.set(limit, notice);
    notice.refused += 1;
    if (now - notice.loggedAt < NOTICE_INTERVAL_MS) return;
    this.#log.warn({ ...entry, limit, requests: notice.refused }, "requests refused by a limit");
    notice.loggedAt = now;
    notice.refused = 0;
  }
}
