/** Authenticates registered hosts and keeps their grants up to date. */
import type { IncomingMessage } from "node:http";
import type { Logger } from "pino";
import type { Peer } from "../../connection/peer.ts";
import type { Refusal } from "../../model/audit-events.ts";
import { unavailable } from "../../model/errors.ts";
import type { StoredHost } from "../../model/grants.ts";
import type { Host } from "../../model/operations.ts";
import { Backoff } from "../../resilience/backoff.ts";
import { SingleFlight } from "../../resilience/single-flight.ts";
import type { HostCatalogs, HostLookup, HostWriter } from "../ports.ts";
import type { HostActivity } from "./host-activity.ts";
import { type HostCertificateOptions, HostCertificates } from "./host-certificates.ts";

/** Dependencies of {@link Hosts}. */
export interface HostOptions extends HostCertificateOptions {
  readonly lookup: HostLookup;
  readonly store: HostWriter;
  readonly catalogs: HostCatalogs;
  readonly activity: Pick<HostActivity, "seen">;
  readonly log: Logger;
}

/** Maximum delays before the next fetch after a failed one; shorter for a new host, which waits for it. */
const MAX_NEW_HOST_BACKOFF_MS = 2_000;
const MAX_REFRESH_BACKOFF_MS = 10_000;
/**
 * Maximum delay between two fetches for a host that Katello grants nothing. A host that has just been registered may pull
 * before Katello has indexed it; each of a fleet of unregistered machines causes one request a minute.
 */
const MAX_UNREGISTERED_BACKOFF_MS = 60_000;
/** Maximum fetches for a new host if syncs replace all host grants meanwhile. */
const MAX_ATTEMPTS = 3;

/** Authenticates hosts by their certificates. */
export class Hosts {
  readonly #options: HostOptions;
  readonly #certificates: HostCertificates;
  readonly #newHostBackoff = new Backoff(MAX_NEW_HOST_BACKOFF_MS);
  readonly #refreshBackoff = new Backoff(MAX_REFRESH_BACKOFF_MS);
  readonly #unregisteredBackoff = new Backoff(MAX_UNREGISTERED_BACKOFF_MS);
  readonly #additions = new SingleFlight<number>();
  readonly #refreshes = new SingleFlight<void>();

  constructor(options: HostOptions) {
    this.#options = options;
    this.#certificates = new HostCertificates(options);
  }

  /**
   * Returns the host that the request's certificate names, a refusal if the certificate is invalid, or undefined without a
   * certificate.
   * @throws RegistryError UNAVAILABLE if the host is new and Katello can't be queried
   */
  async authenticate(
    request: IncomingMessage,
    peer: Peer,
    requestId: string,
  ): Promise<Host | Refusal | undefined> {
    const verdict = this.#certificates.verdictOn(request, peer);
    if (verdict === undefined || !("uuid" in verdict)) return verdict;
    const { uuid } = verdict;
    const stored = await this.#options.lookup.find(uuid);
    if (stored !== undefined && this.#isDue(uuid, stored))
      void this.#refreshes.join(uuid, () => this.#refresh(uuid, stored, requestId));
    const id =
      stored?.id ?? (await this.#additions.join(uuid, () => this.#findOrAdd(uuid, requestId))).result;
    this.#options.activity.seen(uuid);
    return { kind: "host", id, name: uuid };
  }

  /** Returns the host that a certificate in PEM names, or why the certificate is refused. */
  verdictOn(certificate: string): { readonly uuid: string } | Refusal {
    return (
      this.#certificates.verdictOnPem(certificate) ?? {
        why: "there is no certificate, or rhsm_ca_file is not set",
      }
    );
  }

  #isDue(uuid: string, { stale, unregistered }: StoredHost): boolean {
    if (this.#refreshBackoff.isWaiting(uuid)) return false;
    return stale || (unregistered && !this.#unregisteredBackoff.isWaiting(uuid));
  }

  /** Returns the id of a host that was not stored when the request looked it up. */
  async #findOrAdd(uuid: string, requestId: string): Promise<number> {
    // Another request may have added it after this one's lookup.
    const stored = await this.#options.lookup.find(uuid);
    if (stored !== undefined) return stored.id;
    if (this.#newHostBackoff.isWaiting(uuid)) {
      throw unavailable("the repositories of this host could not be fetched from Katello a moment ago", 2);
    }
    try {
      const id = await this.#add(uuid, requestId);
      this.#newHostBackoff.succeeded(uuid);
      return id;
    } catch (error) {
      this.#newHostBackoff.failed(uuid);
      throw error;
    }
  }

  async #add(uuid: string, requestId: string): Promise<number> {
    const { lookup, store, catalogs } = this.#options;
    for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts += 1) {
      const fetchedAt = performance.now();
      const repositories = await catalogs.hostCatalog(uuid, requestId);
      // Before the host is stored: another request that finds it would query Katello at once.
      this.#unregisteredBackoff.failed(uuid);
      const id = (await store.add(uuid, { repositories, fetchedAt })) ?? (await lookup.find(uuid))?.id;
      if (id !== undefined) return id;
    }
    throw unavailable("Katello synchronizes all host grants each time that this host's are fetched", 2);
  }

  /** Fetches the grants in the background while the old ones are served. Never rejects. */
  async #refresh(uuid: string, { id, unregistered }: StoredHost, requestId: string): Promise<void> {
    const { store, catalogs, log } = this.#options;
    let isStored = false;
    try {
      const fetchedAt = performance.now();
      const repositories = await catalogs.hostCatalog(uuid, requestId);
      isStored = (await store.renew(id, { repositories, fetchedAt })) === "kept";
    } catch (error) {
      log.warn(
        { request_id: requestId, host: uuid, err: error },
        "the grants of a host could not be refreshed",
      );
    }
    if (unregistered) this.#unregisteredBackoff.failed(uuid);
    if (isStored) this.#refreshBackoff.succeeded(uuid);
    else this.#refreshBackoff.failed(uuid);
  }
}
