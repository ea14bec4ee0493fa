/** Reload: reads the settings anew, and exchanges the workers. */
import type { Logger } from "pino";
import { addressesOf } from "../http/systemd-sockets.ts";
import { errorText } from "../model/error-text.ts";
import type { ReloadOutcome } from "../model/reload-outcome.ts";
import { StartupError } from "../model/startup-error.ts";
import type { Settings } from "../settings/keys.ts";
import { pemFilesOf, watchFiles } from "./file-watch.ts";
import { checkOwnCertificates } from "./own-certificates.ts";

/** Dependencies of a reload. */
export interface ReloadOptions {
  readonly settings: Settings;
  /** Reads the settings as at the start. @throws StartupError with all problems */
  readonly read: () => Settings;
  readonly log: Logger;
}

/** Settings that belong to the primary, which stays. */
const FIXED = ["db_connection_string", "data_dir"] as const;

const systemdSockets = (settings: Settings): number =>
  addressesOf(settings).filter((where) => "systemd" in where).length;

/** Reads and checks new settings. @throws StartupError if they can't be used, or need a restart */
export function readChanged(current: Settings, read: () => Settings): Settings {
  const settings = read();
  checkOwnCertificates(settings);
  const changed = FIXED.find((name) => settings[name] !== current[name]);
  if (changed !== undefined && (changed === "data_dir" || current.db_connection_string === undefined))
    throw new StartupError(`${changed} has changed: that needs a restart`);
  if (settings.db_connection_string === undefined && current.db_connection_string !== undefined)
    throw new StartupError("db_connection_string has been removed: that needs a restart");
  if (systemdSockets(settings) !== systemdSockets(current))
    throw new StartupError("the settings name another number of systemd sockets: that needs a restart");
  return settings;
}

/** Reloads at SIGHUP, on request, and when a certificate or key in the settings has been replaced. One reload at a time. */
export class Reloader {
  readonly #options: ReloadOptions;
  #settings: Settings;
  #exchange: ((count: number) => Promise<void>) | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #endWatch: () => void = () => undefined;

  constructor(options: ReloadOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  /** @param exchange exchanges the workers for as many new ones */
  start(exchange: (count: number) => Promise<void>): void {
    this.#exchange = exchange;
    process.on("SIGHUP", () => this.request("SIGHUP"));
    this.#watch();
  }

  close(): void {
    this.#endWatch();
  }

  /**
   * Reloads after the reloads that were requested before. Never rejects.
   * @param reason logged
   */
  request(reason: string): Promise<ReloadOutcome> {
    const outcome = this.#running.then(() => this.#reload(reason));
    this.#running = outcome;
    return outcome;
  }

  #watch(): void {
    this.#endWatch();
    this.#endWatch = watchFiles(pemFilesOf(this.#settings), (path) => this.request(`${path} has changed`));
  }

  async #reload(reason: string): Promise<ReloadOutcome> {
    const { read, log } = this.#options;
    log.info({ reason }, "reloading");
    try {
      const settings = readChanged(this.#settings, read);
      await this.#exchange?.(settings.workers);
      this.#settings = settings;
      log.info({ workers: settings.workers }, "reloaded");
      log.level = settings.log_level;
      return { workers: settings.workers };
    } catch (error) {
      const failed = errorText(error);
      log.error({ reason: failed }, "reload failed: nothing has changed");
      return { failed };
    } finally {
      // Also after a failure: the file will be corrected.
      this.#watch();
    }
  }
}
