/** Registered hosts, by their certificates, and what Katello says of them. */
import type { IncomingMessage } from "node:http";
import type { Logger } from "pino";
import type { Refusal } from "../decisions.ts";
import { unavailable } from "../errors.ts";
import { Flights } from "../flights.ts";
import type { KnownHost, Renewal, ToldGrants } from "../grants.ts";
import type { Host } from "../operations.ts";
import { type HostCertificateOptions, HostCertificates } from "./host-certificates.ts";
import { Pauses } from "./pauses.ts";
import type { Peer } from "./peer.ts";

/** Where hosts are looked up. */
export interface HostLookup {
  /** Undefined for a host that is not known here. */
  find(uuid: string): Promise<KnownHost | undefined>;
}

/** Where hosts and their grants are kept. */
export interface HostStore {
  /**
   * Adds a host with its grants, and gives its id.
   * @returns undefined if Katello has mapped all hosts since it was asked, and may have to be asked again
   */
  add(uuid: string, told: ToldGrants): Promise<number | undefined>;
  /** Replaces a host's grants; without any for a host that Katello no longer knows. */
  renew(id: number, told: ToldGrants): Promise<Renewal>;
}

/** Who knows what a host may pull. */
export interface HostCatalogs {
  /** @returns undefined for a host that Katello doesn't know */
  hostCatalog(uuid: string, requestId: string): Promise<readonly string[] | undefined>;
}

/** What knowing hosts rests on. */
export interface HostOptions extends HostCertificateOptions {
  readonly known: HostLookup;
  readonly store: HostStore;
  readonly catalogs: HostCatalogs;
  readonly log: Logger;
}

/**
 * Milliseconds. A host that has just registered pulls at once, maybe before Katello knows it: it has to be known a moment
 * later. A fleet of machines with certificates of hosts that are no more comes to cost a question a minute each.
 */
const LONGEST_STRANGER = 60_000;
/**
 * Milliseconds for which Katello is spared once it couldn't be found out what a host may pull; shorter for one that is
 * new and waits for it.
 */
const LONGEST_UNMET = 2_000;
const LONGEST_UNRENEWED = 10_000;
/** Questions about a host that is new, should Katello map all hosts while it is asked. */
const MOST_QUESTIONS = 3;

/** Finds out which host a request comes from. */
export class Hosts {
  readonly #options: HostOptions;
  readonly #certificates: HostCertificates;
  readonly #strangers = new Pauses(LONGEST_STRANGER);
  readonly #unmet = new Pauses(LONGEST_UNMET);
  readonly #unrenewed = new Pauses(LONGEST_UNRENEWED);
  readonly #meeting = new Flights<number | undefined>();
  readonly #renewing = new Flights<void>();

  constructor(options: HostOptions) {
    this.#options = options;
    this.#certificates = new HostCertificates(options);
  }

  /**
   * The host that the request's certificate is good for, or why it counts for nothing, as one of a host that Katello
   * doesn't know; undefined for none.
   * @throws RegistryError UNAVAILABLE if the host is new and Katello can't be asked
   */
  async identify(
    request: IncomingMessage,
    peer: Peer,
    requestId: string,
  ): Promise<Host | Refusal | undefined> {
    const verdict = this.#certificates.verdictOn(request, peer);
    if (verdict === undefined || !("uuid" in verdict)) return verdict;
    const { uuid } = verdict;
    const known = await this.#options.known.find(uuid);
    if (known?.stale === true && !this.#unrenewed.has(uuid))
      void this.#renewing.join(uuid, () => this.#renew(uuid, known.id, requestId));
    const id = known?.id ?? (await this.#meeting.join(uuid, () => this.#meet(uuid, requestId))).answer;
    return id === undefined
      ? { why: "Katello does not know the host of the certificate", name: uuid }
      : { kind: "host", id, name: uuid };
  }

  /** A host that is seen for the first time. */
  async #meet(uuid: string, requestId: string): Promise<number | undefined> {
    // Whoever met it a moment ago has ended its flight, maybe after our own look into the database.
    const met = await this.#options.known.find(uuid);
    if (met !== undefined) return met.id;
    if (this.#strangers.has(uuid)) return undefined;
    if (this.#unmet.has(uuid)) {
      throw unavailable("what this host may pull could not be found out a moment ago", 2);
    }
    try {
      const id = await this.#introduce(uuid, requestId);
      this.#unmet.remove(uuid);
      return id;
    } catch (error) {
      this.#unmet.add(uuid);
      throw error;
    }
  }

  async #introduce(uuid: string, requestId: string): Promise<number | undefined> {
    const { known, store, catalogs, log } = this.#options;
    for (let questions = 0; questions < MOST_QUESTIONS; questions += 1) {
      const asked = performance.now();
      const repositories = await catalogs.hostCatalog(uuid, requestId);
      if (repositories === undefined) {
        this.#strangers.add(uuid);
        log.info({ request_id: requestId, host: uuid }, "a host that Katello does not know");
        return undefined;
      }
      this.#strangers.remove(uuid);
      const id = (await store.add(uuid, { repositories, asked })) ?? (await known.find(uuid))?.id;
      if (id !== undefined) return id;
    }
    throw unavailable("Katello maps all hosts each time that it is asked about this one", 2);
  }

  /** The old grants serve until the new ones are there. Never rejects: nobody waits for it. */
  async #renew(uuid: string, id: number, requestId: string): Promise<void> {
    const { store, catalogs, log } = this.#options;
    let renewed = false;
    try {
      const asked = performance.now();
      const repositories = (await catalogs.hostCatalog(uuid, requestId)) ?? [];
      renewed = (await store.renew(id, { repositories, asked })) === "kept";
    } catch (error) {
      log.warn({ request_id: requestId, host: uuid, err: error }, "a host's grants can't be renewed now");
    }
    if (renewed) this.#unrenewed.remove(uuid);
    else this.#unrenewed.add(uuid);
  }
}
