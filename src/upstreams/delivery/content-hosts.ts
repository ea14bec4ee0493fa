/** Hosts from which the gateway itself fetches content: Pulp's content app, or object storage with presigned URLs. */
import type { Cancellation } from "../../resilience/cancellation.ts";
import { insideLocation, type LocationRules, problemOf } from "../pulp/redirect-target.ts";
import type { UpstreamReply } from "../reply.ts";
import { Upstream } from "../upstream.ts";
import type { UpstreamOptions } from "../upstream-options.ts";

/** Settings of the hosts. */
export interface ContentHostOptions {
  /** Pulp's content app. It has connections of its own, so that long transfers don't delay requests to the registry. */
  readonly pulp: UpstreamOptions;
  readonly locations: LocationRules;
}

/** A request for the content at a location. */
export interface LocationRequest {
  readonly method: "GET" | "HEAD";
  /** `Location` header, as Pulp sent it. */
  readonly location: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly cancellation?: Cancellation;
}

/** Maximum number of object storages: Pulp has one, or one per domain. */
const MAX_STORAGES = 64;

/** Fetches content from its hosts, each with connections of its own. */
export class ContentHosts {
  readonly #options: ContentHostOptions;
  readonly #pulp: Upstream;
  readonly #storages = new Map<string, Upstream>();

  constructor(options: ContentHostOptions) {
    this.#options = options;
    this.#pulp = new Upstream(options.pulp);
  }

  /** Fetches what is at a location. @throws RegistryError as `Upstream.request`, and for an unusable location */
  async fetch({ location, ...request }: LocationRequest): Promise<UpstreamReply> {
    const place = insideLocation(location, this.#options.locations);
    if (place === undefined) throw this.#pulp.unusable(problemOf(location));
    const { origin, path } = place;
    return (origin === undefined ? this.#pulp : this.#storage(origin)).request({ ...request, path });
  }

  async close(): Promise<void> {
    await Promise.all([this.#pulp, ...this.#storages.values()].map((host) => host.close()));
  }

  #storage(origin: string): Upstream {
    const existing = this.#storages.get(origin);
    if (existing !== undefined) return existing;
    if (this.#storages.size >= MAX_STORAGES)
      throw this.#pulp.unusable(`names more than ${MAX_STORAGES} object storages`);
    const storage = new Upstream({
      ...this.#options.pulp,
      name: "The object storage",
      origin,
      tls: { ca: undefined, cert: undefined, key: undefined },
    });
    this.#storages.set(origin, storage);
    return storage;
  }
}
