/**
 * The hosts that content is at, asked by the gateway itself: Pulp's own content app, or the object storage that Pulp has
 * signed a location of.
 */
import type { Cancellation } from "../../resilience/cancellation.ts";
import { insideLocation, type LocationRules, problemOf } from "../pulp/location.ts";
import type { UpstreamReply } from "../reply.ts";
import { Upstream } from "../upstream.ts";
import type { UpstreamOptions } from "../upstream-options.ts";

/** How the hosts are reached. */
export interface ContentHostOptions {
  /** Pulp, for locations that are its own. Transfers take long: none of them holds up a question to its registry. */
  readonly pulp: UpstreamOptions;
  readonly locations: LocationRules;
}

/** A question about what is at a location. */
export interface LocationRequest {
  readonly method: "GET" | "HEAD";
  /** As Pulp said it. */
  readonly location: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly cancellation?: Cancellation;
}

/** Origins of object storages at the most: Pulp has one, or one for each domain. */
const MAX_STORAGES = 64;

/** The hosts of content, each with connections of its own. */
export class ContentHosts {
  readonly #options: ContentHostOptions;
  readonly #pulp: Upstream;
  readonly #storages = new Map<string, Upstream>();

  constructor(options: ContentHostOptions) {
    this.#options = options;
    this.#pulp = new Upstream(options.pulp);
  }

  /** @throws RegistryError as `Upstream.ask`, and for a location that leads nowhere */
  async ask({ location, ...question }: LocationRequest): Promise<UpstreamReply> {
    const place = insideLocation(location, this.#options.locations);
    if (place === undefined) throw this.#pulp.unusable(problemOf(location));
    const { origin, path } = place;
    return (origin === undefined ? this.#pulp : this.#storage(origin)).request({ ...question, path });
  }

  async close(): Promise<void> {
    await Promise.all([this.#pulp, ...this.#storages.values()].map((host) => host.close()));
  }

  #storage(origin: string): Upstream {
    const known = this.#storages.get(origin);
    if (known !== undefined) return known;
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
