/** The file of revocation lists: read at the start, and again whenever it changes. */
import type { X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { Logger } from "pino";
import { StartupError } from "../model/startup-error.ts";
import type { Revocations } from "./certificates.ts";
import {
  isOverdue,
  type RevocationList,
  readRevocationLists,
  revokedIn,
  serialOf,
} from "./revocation-list.ts";

/** Which file, and who may sign what is in it. */
export interface RevocationOptions {
  readonly path: string;
  readonly authorities: readonly X509Certificate[];
  readonly log: Logger;
}

/** How often is looked whether it has changed, in milliseconds. */
const CHECK_INTERVAL_MS = 1_000;
/** A list that is too old is complained of so often, in milliseconds. */
const WARNING_INTERVAL_MS = 3_600_000;

const namesOf = (authorities: readonly X509Certificate[]): string[] =>
  authorities.map(({ subject }) => subject.replaceAll("\n", ", "));

/**
 * What is revoked, by the last file that was good. A file that is not, or that lacks an authority's list that was there
 * before, changes nothing. A list whose time is over goes on to count: what it revokes stays revoked, and nobody else is
 * shut out because a newer one is late.
 */
export class RevocationFile implements Revocations {
  readonly #options: RevocationOptions;
  #timer: NodeJS.Timeout | undefined;
  /** One look at a time: of two that overlap, the one that ends last would be in force, not the one that came last. */
  #looking = false;
  #lists: readonly RevocationList[] = [];
  /** By the fingerprints of authorities. */
  #revoked: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  /** Serial numbers of what was shown although it is revoked, so that each is told once. */
  readonly #told = new Set<string>();
  #revision = 0;
  #seen = "";
  #complained = Number.NEGATIVE_INFINITY;

  private constructor(options: RevocationOptions) {
    this.#options = options;
  }

  /** @throws StartupError if the file can't be used: nobody is let in by half of what was asked for */
  static async open(options: RevocationOptions): Promise<RevocationFile> {
    const file = new RevocationFile(options);
    try {
      await file.#read();
    } catch (cause) {
      throw new StartupError(`rhsm_crl_file: ${options.path} can't be used`, { cause });
    }
    file.#timer = setInterval(() => void file.#look(), CHECK_INTERVAL_MS).unref();
    return file;
  }

  get revision(): number {
    return this.#revision;
  }

  revoked({ serialNumber, subject }: X509Certificate, authority: X509Certificate): boolean {
    const revoked = this.#revoked.get(authority.fingerprint256)?.has(serialOf(serialNumber)) === true;
    if (revoked && !this.#told.has(serialNumber)) {
      this.#told.add(serialNumber);
      this.#options.log.warn({ serial: serialNumber, subject }, "a certificate that is revoked was shown");
    }
    return revoked;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const { path, log } = this.#options;
    const before = this.#seen;
    try {
      await this.#read();
    } catch (err) {
      // Said once for each state that the file is in.
      if (this.#seen !== before)
        log.error({ path, err }, "the new rhsm_crl_file can't be used, the last good one stays in force");
    }
    this.#looking = false;
    this.#complain();
  }

  /** What is in the file, if it has changed. */
  async #changed(): Promise<Buffer | undefined> {
    const { path } = this.#options;
    try {
      const { ino, size, mtimeNs } = await stat(path, { bigint: true });
      const state = `${ino} ${size} ${mtimeNs}`;
      if (state === this.#seen) return undefined;
      const content = await readFile(path);
      this.#seen = state;
      return content;
    } catch (error) {
      // Tried again at every look: that a file can be read now need not show in its state.
      this.#seen = "unreadable";
      throw error;
    }
  }

  /** Reads the file if it has changed. */
  async #read(): Promise<void> {
    const { path, authorities, log } = this.#options;
    const content = await this.#changed();
    if (content === undefined) return;
    const lists = await readRevocationLists(content, authorities);
    const missing = this.#lists.flatMap((known) => known.authorities).filter((one) => !covers(lists, one));
    if (missing.length > 0) throw new Error(`it has no list of ${namesOf(missing).join("; ")} any more`);
    this.#take(lists);
    const unlisted = authorities.filter((one) => !covers(lists, one));
    if (unlisted.length > 0)
      log.warn({ path, authorities: namesOf(unlisted) }, "authorities without a list: they revoke nothing");
  }

  #take(lists: readonly RevocationList[]): void {
    const revoked = new Map<string, Set<string>>();
    for (const { authorities, serials } of lists) {
      for (const { fingerprint256 } of authorities) {
        revoked.set(fingerprint256, new Set([...(revoked.get(fingerprint256) ?? []), ...serials]));
      }
    }
    this.#lists = lists;
    this.#revoked = revoked;
    this.#told.clear();
    this.#revision += 1;
    this.#options.log.info(
      { path: this.#options.path, revoked: revokedIn(lists) },
      "the lists of rhsm_crl_file are in force",
    );
    this.#complained = Number.NEGATIVE_INFINITY;
    this.#complain();
  }

  #complain(): void {
    const old = this.#lists.filter((list) => isOverdue(list));
    if (old.length === 0 || performance.now() - this.#complained < WARNING_INTERVAL_MS) return;
    this.#complained = performance.now();
    const authorities = old.flatMap((list) => namesOf(list.authorities));
    this.#options.log.warn(
      { path: this.#options.path, authorities },
      "a list of rhsm_crl_file is past its time: it still counts, but what was revoked since is not known",
    );
  }
}

const covers = (lists: readonly RevocationList[], authority: X509Certificate): boolean =>
  lists.some(({ authorities }) => authorities.includes(authority));
