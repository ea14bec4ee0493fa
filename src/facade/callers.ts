/** Callers of the façade, and the addresses whose connections it serves itself. */
import { lookup } from "node:dns/promises";
import { networkInterfaces } from "node:os";
import { AddressSet } from "../connection/address-set.ts";
import { errorText } from "../model/error-text.ts";
import type { Report } from "../resilience/circuit-breaker.ts";
import type { Settings } from "../settings/keys.ts";

/** Caller of the façade. */
export interface FacadeCaller {
  /** True if its certificate was verified and its common name is in `trusted_hosts`. */
  readonly isTrusted: boolean;
  /** Common name of its verified certificate. */
  readonly commonName: string | undefined;
}

/** Settings that name the addresses. */
export type CallerSettings = Pick<Settings, "facade_from" | "foreman_url">;

/** Interval between two lookups of Foreman's addresses. */
const LOOKUP_INTERVAL_MS = 60_000;

const ownAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((one) => (one ?? []).map(({ address }) => address));

/** Addresses of Foreman and of this machine, or those of the setting `facade_from`. */
export class ServedAddresses {
  readonly #foreman: string;
  readonly #report: Report;
  readonly #timer: NodeJS.Timeout | undefined;
  #addresses: AddressSet;

  private constructor({ facade_from: configured, foreman_url }: CallerSettings, report: Report) {
    this.#foreman = new URL(foreman_url).hostname.replace(/^\[|\]$/g, "");
    this.#report = report;
    this.#addresses = new AddressSet(configured ?? ownAddresses());
    if (configured === undefined)
      this.#timer = setInterval(() => void this.#lookUp(), LOOKUP_INTERVAL_MS).unref();
  }

  /** Looks Foreman's addresses up once before it resolves, and every minute after that. */
  static async open(settings: CallerSettings, report: Report): Promise<ServedAddresses> {
    const addresses = new ServedAddresses(settings, report);
    if (settings.facade_from === undefined) await addresses.#lookUp();
    return addresses;
  }

  /** True for an address whose connections the façade serves. */
  include(address: string): boolean {
    return this.#addresses.includes(address);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Keeps the addresses that it has if the lookup fails. */
  async #lookUp(): Promise<void> {
    try {
      const found = await lookup(this.#foreman, { all: true });
      this.#addresses = new AddressSet([...ownAddresses(), ...found.map(({ address }) => address)]);
    } catch (error) {
      this.#report(
        `the façade can't look up Foreman's address (foreman_url, facade_from): ${errorText(error)}`,
      );
    }
  }
}
