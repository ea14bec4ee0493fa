/** Pulp's Flatpak indexes, asked for once and kept for a while: a fleet that asks at once costs Pulp one question. */
import { z } from "zod";
import { registryError } from "../errors.ts";
import type { Pulp } from "./pulp.ts";

/** The images of one repository: its name, and the entry of `Results` as JSON. */
export interface IndexedRepository {
  readonly name: string;
  readonly json: string;
}

interface Copy {
  readonly results: Promise<readonly IndexedRepository[]>;
  /** When it is asked for again, in milliseconds. */
  readonly until: number;
}

const LONGEST_INDEX = 64 * 1024 * 1024;
/** Copies that are kept at the most; there are few questions, but anybody can make up more. */
const MOST_COPIES = 32;

const IndexShape = z.object({ Results: z.array(z.looseObject({ Name: z.string() })) });

const pathOf = (kind: "static" | "dynamic", query: string): string =>
  `/index/${kind}${query === "" ? "" : `?${query}`}`;

export class FlatpakIndexes {
  readonly #pulp: Pick<Pulp, "document" | "isThere" | "unusable">;
  readonly #ttl: number;
  readonly #copies = new Map<string, Copy>();

  /** @param ttl seconds that a copy is good for */
  constructor(pulp: Pick<Pulp, "document" | "isThere" | "unusable">, ttl: number) {
    this.#pulp = pulp;
    this.#ttl = ttl * 1000;
  }

  /** @param query as it came, without the question mark: Pulp reads the order and what comes twice */
  find(kind: "static" | "dynamic", query: string): Promise<readonly IndexedRepository[]> {
    const path = pathOf(kind, query);
    const kept = this.#kept(path);
    if (kept !== undefined) return kept;
    const results = this.#ask(path);
    this.#copies.delete(path);
    this.#copies.set(path, { results, until: performance.now() + this.#ttl });
    for (const oldest of this.#copies.keys()) {
      if (this.#copies.size <= MOST_COPIES) break;
      this.#copies.delete(oldest);
    }
    // An error is told to those who wait for it, and to nobody after them.
    results.catch(() => {
      if (this.#copies.get(path)?.results === results) this.#copies.delete(path);
    });
    return results;
  }

  /** @throws RegistryError where there is no index, without asking for it */
  async isThere(kind: "static" | "dynamic", query: string): Promise<void> {
    const path = pathOf(kind, query);
    await (this.#kept(path) ?? this.#pulp.isThere({ path, headers: {} }));
  }

  #kept(path: string): Copy["results"] | undefined {
    const copy = this.#copies.get(path);
    return copy !== undefined && performance.now() < copy.until ? copy.results : undefined;
  }

  async #ask(path: string): Promise<readonly IndexedRepository[]> {
    const headers = { accept: "application/json" };
    const document = await this.#pulp.document({ path, headers, limit: LONGEST_INDEX });
    if (document === undefined) {
      throw registryError("UNSUPPORTED", { status: 404, message: "Pulp has no Flatpak index" });
    }
    const index = this.#parse(document.text);
    return index.Results.map((result) => ({ name: result.Name, json: JSON.stringify(result) }));
  }

  #parse(text: string): z.infer<typeof IndexShape> {
    try {
      return IndexShape.parse(JSON.parse(text));
    } catch {
      throw this.#pulp.unusable("answers with something else than a Flatpak index");
    }
  }
}
