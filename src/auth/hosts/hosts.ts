/** Registered hosts, by their certificates, and what Katello says of them. */
import type { IncomingMessage } from "node:http";
import type { Logger } from "pino";
import type { Peer } from "../../connection/peer.ts";
import type { Refusal } from "../../model/audit-events.ts";
import { unavailable } from "../../model/errors.ts";
import type { FetchedGrants, GrantUpdate, StoredHost } from "../../model/grants.ts";
import type { Host } from "../../model/operations.ts";
import { Backoff } from "../../resilience/backoff.ts";
import { SingleFlight } from "../../resilience/single-flight.ts";
import { type HostCertificateOptions, HostCertificates } from "./host-certificates.ts";

/** Where hosts are looked up. */
export interface HostLookup {
  /** Undefined for a host that is not known here. */
  find(uuid: string): Promise<StoredHost | undefined>;
}

/** Where hosts and their grants are kept. */
export interface HostWriter {
  /**
   * Adds a host with its grants, and gives its id.
   * @returns undefined if Katello has mapped all hosts since it was asked, and may have to be asked again
   */
  add(uuid: string, told: FetchedGrants): Promise<number | undefined>;
  /** Replaces a host's grants. */
  renew(id: number, told: FetchedGrants): Promise<GrantUpdate>;
}

/** Who knows what a host may pull. */
export interface HostCatalogs {
  /** Names that a host may pull. For a host that Katello doesn't know, the names that are open to everybody. */
  hostCatalog(uuid: string, requestId: string): Promise<readonly string[]>;
}

/** What knowing hosts rests on. */
export interface HostOptions extends HostCertificateOptions {
  readonly known: HostLookup;
  readonly store: HostWriter;
  readonly catalogs: HostCatalogs;
  readonly log: Logger;
}

/**
 * Milliseconds for which Katello is spared once it couldn't be found out what a host may pull, at most; shorter for one that
 * is new and waits for it.
 */
const MAX_NEW_HOST_BACKOFF_MS = 2_000;
const MAX_REFRESH_BACKOFF_MS = 10_000;
/**
 * Milliseconds between two questions about a host that Katello grants nothing, at most. One that has just been registered
 * pulls at once, maybe before Katello knows it; a fleet of machines that are registered no more costs a question a minute each.
 */
const MAX_UNREGISTERED_BACKOFF_MS = 60_000;
/** Questions about a host that is new, should Katello map all hosts while it is asked. */
const MAX_ATTEMPTS = 3;

/** Finds out which host a request comes from. */
export class Hosts {
  readonly #options: HostOptions;
  readonly #certificates: HostCertificates;
  readonly #newHosts = new Backoff(MAX_NEW_HOST_BACKOFF_MS);
  readonly #refreshes = new Backoff(MAX_REFRESH_BACKOFF_MS);
  readonly #unregistered = new Backoff(MAX_UNREGISTERED_BACKOFF_MS);
  readonly #meeting = new SingleFlight<number>();
  readonly #renewing = new SingleFlight<void>();

  constructor(options: HostOptions) {
    this.#options = options;
    this.#certificates = new HostCertificates(options);
  }

  /**
   * The host that the request's certificate names, or a refusal if the certificate is not valid. Without a certificate: undefined.
   * @throws RegistryError UNAVAILABLE if the host is new and Katello can't be asked
   */
  async authenticate(
    request: IncomingMessage,
    peer: Peer,
    requestId: string,
  ): Promise<Host | Refusal | undefined> {
    const verdict = this.#certificates.verdictOn(request, peer);
    if (verdict === undefined || !("uuid" in verdict)) return verdict;
    const { uuid } = verdict;
    const known = await this.#options.known.find(uuid);
    if (known !== undefined && this.#isDue(uuid, known))
      void this.#renewing.join(uuid, () => this.#renew(uuid, known, requestId));
    const id = known?.id ?? (await this.#meeting.join(uuid, () => this.#meet(uuid, requestId))).result;
    return { kind: "host", id, name: uuid };
  }

  #isDue(uuid: string, { stale, unregistered }: StoredHost): boolean {
    if (this.#refreshes.isWaiting(uuid)) return false;
    return stale || (unregistered && !this.#unregistered.isWaiting(uuid));
  }

  /** A host that is seen for the first time. */
  async #meet(uuid: string, requestId: string): Promise<number> {
    // Whoever met it a moment ago has ended its flight, maybe after our own look into the database.
    const met = await this.#options.known.find(uuid);
    if (met !== undefined) return met.id;
    if (this.#newHosts.isWaiting(uuid)) {
      throw unavailable("what this host may pull could not be found out a moment ago", 2);
    }
    try {
      const id = await this.#introduce(uuid, requestId);
      this.#newHosts.succeeded(uuid);
      return id;
    } catch (error) {
      this.#newHosts.failed(uuid);
      throw error;
    }
  }

  async #introduce(uuid: string, requestId: string): Promise<number> {
    const { known, store, catalogs } = this.#options;
    for (let questions = 0; questions < MAX_ATTEMPTS; questions += 1) {
      const asked = performance.now();
      const repositories = await catalogs.hostCatalog(uuid, requestId);
      const id = (await store.add(uuid, { repositories, fetchedAt: asked })) ?? (await known.find(uuid))?.id;
      if (id === undefined) continue;
      this.#unregistered.failed(uuid);
      return id;
    }
    throw unavailable("Katello maps all hosts each time that it is asked about this one", 2);
  }

  /** The old grants serve until the new ones are there. Never rejects: nobody waits for it. */
  async #renew(uuid: string, { id, unregistered }: StoredHost, requestId: string): Promise<void> {
    const { store, catalogs, log } = this.#options;
    let renewed = false;
    try {
      const asked = performance.now();
      const repositories = await catalogs.hostCatalog(uuid, requestId);
      renewed = (await store.renew(id, { repositories, fetchedAt: asked })) === "kept";
    } catch (error) {
      log.warn(
        { request_id: requestId, host: uuid, err: error },
        "the grants of a host can't be renewed now",
      );
    }
    if (unregistered) this.#unregistered.failed(uuid);
    if (renewed) this.#refreshes.succeeded(uuid);
    else this.#refreshes.failed(uuid);
  }
}
