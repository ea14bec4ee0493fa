/** Registered hosts: by their consumer certificate, shown over TLS or passed on by a proxy, and what Katello says of them. */
import type { IncomingMessage } from "node:http";
import type { Logger } from "pino";
import { Flights } from "../flights.ts";
import type { KnownHost } from "../grants.ts";
import { isHostUuid } from "../names.ts";
import type { Host } from "../operations.ts";
import { type ClientAuthorities, certificateInHeader, type ShownCertificate } from "./certificates.ts";
import type { Peer } from "./peer.ts";
import type { Proxies } from "./proxies.ts";
import { Strangers } from "./strangers.ts";

/** Where hosts are looked up. */
export interface HostLookup {
  find(uuid: string): Promise<KnownHost | undefined>;
}

/** Where hosts and their grants are kept. */
export interface HostStore {
  /** Adds a host with its grants, and gives its id. */
  add(uuid: string, repositories: readonly string[]): Promise<number>;
  /** Replaces a host's grants; without any for a host that Katello no longer knows. */
  renew(id: number, repositories: readonly string[]): Promise<void>;
}

/** Who knows what a host may pull. */
export interface HostCatalogs {
  /** @returns undefined for a host that Katello doesn't know */
  hostCatalog(uuid: string, requestId: string): Promise<readonly string[] | undefined>;
}

/** What knowing hosts rests on. */
export interface HostOptions {
  /** Those who sign consumer certificates; without them no host is known. */
  readonly authorities: ClientAuthorities | undefined;
  readonly proxies: Pick<Proxies, "include">;
  readonly known: HostLookup;
  readonly store: HostStore;
  readonly catalogs: HostCatalogs;
  readonly log: Logger;
}

/** The only spelling that counts, and only from a trusted proxy. */
const HEADER = "x_rhsm_ssl_client_cert";
/** A certificate that was good stays so for a while, in milliseconds: verifying takes longer than answering. */
const VERDICT_LIFE = 60_000;
const MOST_VERDICTS = 10_000;

/** A map that forgets its oldest entries. */
function keep<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, most: number): void {
  map.delete(key);
  map.set(key, value);
  for (const [oldest] of map) {
    if (map.size <= most) return;
    map.delete(oldest);
  }
}

/** What a certificate was found to be worth, and for how long that may be believed. */
interface Verdict {
  readonly uuid: string | undefined;
  readonly until: number;
  /** Of the authorities. */
  readonly revision: number;
}

/** Finds out which host a request comes from. */
export class Hosts {
  readonly #options: HostOptions;
  readonly #shown = new WeakMap<Peer, Verdict>();
  readonly #passedOn = new Map<string, Verdict>();
  readonly #strangers = new Strangers();
  readonly #asking = new Flights<number | undefined>();

  constructor(options: HostOptions) {
    this.#options = options;
  }

  /**
   * The host that the request's certificate is good for; undefined for none, a bad one, and one of a host that Katello
   * doesn't know.
   * @throws RegistryError UNAVAILABLE if the host is new and Katello can't be asked
   */
  async identify(request: IncomingMessage, peer: Peer, requestId: string): Promise<Host | undefined> {
    const uuid = this.#uuidOf(request, peer);
    if (uuid === undefined) return undefined;
    const known = await this.#options.known.find(uuid);
    if (known?.stale === true) void this.#asking.join(uuid, () => this.#renew(uuid, known.id, requestId));
    const id = known?.id ?? (await this.#asking.join(uuid, () => this.#meet(uuid, requestId))).answer;
    return id === undefined ? undefined : { kind: "host", id, name: uuid };
  }

  #uuidOf({ headers }: IncomingMessage, peer: Peer): string | undefined {
    const { authorities, proxies } = this.#options;
    if (authorities === undefined) return undefined;
    const now = Date.now();
    const { revision } = authorities;
    const verdict = (certificate: ShownCertificate | undefined): Verdict => {
      const name = certificate && authorities.holderOf(certificate, now);
      const uuid = name !== undefined && isHostUuid(name) ? name : undefined;
      return { uuid, until: now + VERDICT_LIFE, revision };
    };
    const stands = (known: Verdict | undefined): known is Verdict =>
      known !== undefined && now < known.until && known.revision === revision;
    if (!proxies.include(peer)) {
      const known = this.#shown.get(peer);
      if (stands(known)) return known.uuid;
      const fresh = verdict(peer.certificate);
      this.#shown.set(peer, fresh);
      return fresh.uuid;
    }
    const text = headers[HEADER];
    if (typeof text !== "string" || text === "" || text === "(null)") return undefined;
    const known = this.#passedOn.get(text);
    if (stands(known)) return known.uuid;
    const leaf = certificateInHeader(text);
    const fresh = verdict(leaf && { leaf, intermediates: [] });
    if (fresh.uuid !== undefined) keep(this.#passedOn, text, fresh, MOST_VERDICTS);
    return fresh.uuid;
  }

  /** A host that is seen for the first time. */
  async #meet(uuid: string, requestId: string): Promise<number | undefined> {
    const { known, store, catalogs, log } = this.#options;
    // Whoever met it a moment ago has ended its flight, maybe after our own look into the database.
    const met = await known.find(uuid);
    if (met !== undefined) return met.id;
    if (this.#strangers.has(uuid)) return undefined;
    const repositories = await catalogs.hostCatalog(uuid, requestId);
    if (repositories === undefined) {
      this.#strangers.add(uuid);
      log.info({ request_id: requestId, host: uuid }, "a host that Katello does not know");
      return undefined;
    }
    this.#strangers.remove(uuid);
    return store.add(uuid, repositories);
  }

  /** The old grants serve until the new ones are there. */
  async #renew(uuid: string, id: number, requestId: string): Promise<number> {
    const { store, catalogs, log } = this.#options;
    try {
      await store.renew(id, (await catalogs.hostCatalog(uuid, requestId)) ?? []);
    } catch (error) {
      log.warn({ request_id: requestId, host: uuid, err: error }, "a host's grants can't be renewed now");
    }
    return id;
  }
}
