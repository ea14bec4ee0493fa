/** Flatpak indexes of Pulp. */
import { z } from "zod";
import {
  type FlatpakIndexes,
  type IndexedRepository,
  type IndexRequest,
  withoutConditions,
} from "../../model/content.ts";
import { registryError } from "../../model/errors.ts";
import type { PulpDocuments } from "./documents.ts";

const MAX_INDEX_BYTES = 64 * 1024 * 1024;

const IndexShape = z.object({ Results: z.array(z.looseObject({ Name: z.string() })) });

const pathOf = ({ kind, query }: IndexRequest): string => `/index/${kind}${query === "" ? "" : `?${query}`}`;

/** Fetches Flatpak indexes from Pulp. */
export class PulpIndexes implements FlatpakIndexes {
  readonly #documents: Pick<PulpDocuments, "document" | "isThere" | "unusable">;

  constructor(documents: Pick<PulpDocuments, "document" | "isThere" | "unusable">) {
    this.#documents = documents;
  }

  async find(request: IndexRequest): Promise<readonly IndexedRepository[]> {
    const { cancellation } = request;
    const headers = { ...withoutConditions(request.headers), accept: "application/json" };
    const path = pathOf(request);
    const document = await this.#documents.document({
      path,
      headers,
      limitBytes: MAX_INDEX_BYTES,
      cancellation,
      isQuery: true,
    });
    if (document === undefined) {
      throw registryError("UNSUPPORTED", { status: 404, message: "Pulp has no Flatpak index" });
    }
    const index = this.#parse(document.text);
    return index.Results.map((result) => ({ name: result.Name, json: JSON.stringify(result) }));
  }

  async isThere(request: IndexRequest): Promise<void> {
    const { headers, cancellation } = request;
    await this.#documents.isThere({ path: pathOf(request), headers, cancellation, isQuery: true });
  }

  #parse(text: string): z.infer<typeof IndexShape> {
    try {
      return IndexShape.parse(JSON.parse(text));
    } catch {
      throw this.#documents.unusable("does not reply with a Flatpak index");
    }
  }
}
