/** File of revocation lists, read at startup and reloaded whenever it changes. */
import type { X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { Logger } from "pino";
import { StartupError } from "../model/startup-error.ts";
import type { Revocations } from "./certificate-verifier.ts";
import {
  countRevoked,
  isOverdue,
  type RevocationList,
  readRevocationLists,
  serialOf,
} from "./revocation-list.ts";

/** Settings and dependencies of {@link RevocationFile}. */
export interface RevocationOptions {
  readonly path: string;
  readonly cas: readonly X509Certificate[];
  readonly log: Logger;
}

/** Interval between two checks for changes. */
const CHECK_INTERVAL_MS = 1_000;
/** Interval between two warnings about an overdue list. */
const WARNING_INTERVAL_MS = 3_600_000;

const namesOf = (cas: readonly X509Certificate[]): string[] =>
  cas.map(({ subject }) => subject.replaceAll("\n", ", "));

/**
 * Revoked certificates of the last valid file. A file that is invalid, or that lacks a CA's list that was there before, is
 * ignored. An overdue list stays in force: its certificates stay revoked, and all others stay valid although a newer list
 * is missing.
 */
export class RevocationFile implements Revocations {
  readonly #options: RevocationOptions;
  #timer: NodeJS.Timeout | undefined;
  /** Checks never overlap: the one that ends last would win, even if it has read the older file. */
  #isChecking = false;
  #lists: readonly RevocationList[] = [];
  /** Serial numbers of revoked certificates, by the fingerprint of the CA. */
  #revoked: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  /** Serial numbers of revoked certificates whose use has been logged, so that each is logged once. */
  readonly #logged = new Set<string>();
  #revision = 0;
  #state = "";
  #warnedAt = Number.NEGATIVE_INFINITY;

  private constructor(options: RevocationOptions) {
    this.#options = options;
  }

  /**
   * Opens the file.
   * @throws StartupError if it can't be used: the gateway does not start with incomplete revocation lists
   */
  static async open(options: RevocationOptions): Promise<RevocationFile> {
    const file = new RevocationFile(options);
    try {
      await file.#reload();
    } catch (cause) {
      throw new StartupError(`rhsm_crl_file: ${options.path} can't be used`, { cause });
    }
    file.#timer = setInterval(() => void file.#check(), CHECK_INTERVAL_MS).unref();
    return file;
  }

  get revision(): number {
    return this.#revision;
  }

  revoked({ serialNumber, subject }: X509Certificate, ca: X509Certificate): boolean {
    const revoked = this.#revoked.get(ca.fingerprint256)?.has(serialOf(serialNumber)) === true;
    if (revoked && !this.#logged.has(serialNumber)) {
      this.#logged.add(serialNumber);
      this.#options.log.warn({ serial: serialNumber, subject }, "revoked certificate refused");
    }
    return revoked;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #check(): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    const { path, log } = this.#options;
    const previousState = this.#state;
    try {
      await this.#reload();
    } catch (err) {
      // Logged once for each state of the file.
      if (this.#state !== previousState)
        log.error(
          { path, err },
          "rhsm_crl_file can't be used: the last valid revocation lists stay in force",
        );
    }
    this.#isChecking = false;
    this.#warnIfOverdue();
  }

  /** Content of the file if it has changed, otherwise undefined. */
  async #contentIfChanged(): Promise<Buffer | undefined> {
    const { path } = this.#options;
    try {
      const { ino, size, mtimeNs } = await stat(path, { bigint: true });
      const state = `${ino} ${size} ${mtimeNs}`;
      if (state === this.#state) return undefined;
      const content = await readFile(path);
      this.#state = state;
      return content;
    } catch (error) {
      // Retried at every check: a change of permissions does not change the state.
      this.#state = "unreadable";
      throw error;
    }
  }

  /** Reloads the file if it has changed. */
  async #reload(): Promise<void> {
    const { path, cas, log } = this.#options;
    const content = await this.#contentIfChanged();
    if (content === undefined) return;
    const lists = await readRevocationLists(content, cas);
    const missing = this.#lists.flatMap((list) => list.cas).filter((one) => !covers(lists, one));
    if (missing.length > 0)
      throw new Error(`the file no longer contains a list of ${namesOf(missing).join("; ")}`);
    this.#apply(lists);
    const unlisted = cas.filter((one) => !covers(lists, one));
    if (unlisted.length > 0)
      log.warn(
        { path, authorities: namesOf(unlisted) },
        "rhsm_crl_file has no list of some CAs: they revoke nothing",
      );
  }

  #apply(lists: readonly RevocationList[]): void {
    const revoked = new Map<string, Set<string>>();
    for (const { cas, serials } of lists) {
      for (const { fingerprint256 } of cas) {
        revoked.set(fingerprint256, new Set([...(revoked.get(fingerprint256) ?? []), ...serials]));
      }
    }
    this.#lists = lists;
    this.#revoked = revoked;
    this.#logged.clear();
    this.#revision += 1;
    this.#options.log.info(
      { path: this.#options.path, revoked: countRevoked(lists) },
      "revocation lists loaded from rhsm_crl_file",
    );
    this.#warnedAt = Number.NEGATIVE_INFINITY;
    this.#warnIfOverdue();
  }

  #warnIfOverdue(): void {
    const overdue = this.#lists.filter((list) => isOverdue(list));
    if (overdue.length === 0 || performance.now() - this.#warnedAt < WARNING_INTERVAL_MS) return;
    this.#warnedAt = performance.now();
    const authorities = overdue.flatMap((list) => namesOf(list.cas));
    this.#options.log.warn(
      { path: this.#options.path, authorities },
      "a revocation list in rhsm_crl_file is overdue: it stays in force, but later revocations are unknown",
    );
  }
}

const covers = (lists: readonly RevocationList[], ca: X509Certificate): boolean =>
  lists.some(({ cas }) => cas.includes(ca));
