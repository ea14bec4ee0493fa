/** Documents of Pulp's that are to be understood here, and not only passed on. */
import { type ContentHeaders, withoutConditions } from "../../model/content.ts";
import type { RegistryError } from "../../model/errors.ts";
import type { Cancellation } from "../../resilience/cancellation.ts";
import type { ContentHosts } from "../delivery/content-hosts.ts";
import { drop, headerOf, type UpstreamReply } from "../reply.ts";
import type { Upstream } from "../upstream.ts";
import { MAX_ERROR_BYTES, refusalOf } from "./refusals.ts";

/** A document of Pulp's that is to be understood here. */
export interface Document {
  readonly text: string;
  readonly mediaType: string;
  readonly digest: string | undefined;
}

/** Why there is no document: Pulp does not know it, or does not have the route that leads to such documents. */
export type Absence = "unknown" | "no route";

/** A question for a document. */
export interface DocumentRequest {
  /** Path and query below Pulp's registry, built from checked parts only. */
  readonly path: string;
  readonly headers: ContentHeaders;
  /** The longest text that is read, in bytes. */
  readonly limit: number;
  readonly cancellation?: Cancellation;
}

/** Where Pulp's registry is. */
export const REGISTRY = "/pulpcore_registry";

/** A longer document costs its connection when nobody reads it. */
const MAX_UNREAD_BYTES = 1024 * 1024;

const isMoved = ({ status }: UpstreamReply): boolean => status === 302 || status === 307;

const mediaTypeOf = (answer: UpstreamReply): string =>
  (headerOf(answer, "content-type") ?? "").split(";", 1)[0]?.trim() ?? "";

/** Asks Pulp for documents. */
export class PulpDocuments {
  readonly #upstream: Upstream;
  readonly #hosts: Pick<ContentHosts, "ask">;

  /** @param hosts where an older Pulp keeps them */
  constructor(upstream: Upstream, hosts: Pick<ContentHosts, "ask">) {
    this.#upstream = upstream;
    this.#hosts = hosts;
  }

  /** @throws RegistryError for everything but a document of JSON, of which nothing is sent */
  async isThere({ path, headers, ...question }: Omit<DocumentRequest, "limit">): Promise<void> {
    const answer = await this.#upstream.request({
      ...question,
      method: "HEAD",
      path: REGISTRY + path,
      headers: { ...withoutConditions(headers), accept: "application/json" },
    });
    if (answer.status !== 200) throw await refusalOf(this.#upstream, answer);
    await drop(answer, MAX_ERROR_BYTES);
  }

  /**
   * Whether there is a document, without following a redirect to it. It is asked for with GET: a reply to HEAD does not tell
   * a repository that Pulp doesn't have from one that lacks the document.
   * @throws RegistryError as `document` does
   */
  async has({ path, headers, ...question }: Omit<DocumentRequest, "limit">): Promise<boolean> {
    const answer = await this.#upstream.request({
      ...question,
      method: "GET",
      path: REGISTRY + path,
      headers,
    });
    if (isMoved(answer) || answer.status === 200) {
      await drop(answer, MAX_UNREAD_BYTES);
      return true;
    }
    if (answer.status !== 404) throw await refusalOf(this.#upstream, answer);
    await this.#absenceOf(answer);
    return false;
  }

  /**
   * A document, which an older Pulp keeps behind a redirect; undefined where there is none, or no such route.
   * @throws RegistryError for every other answer, and NAME_UNKNOWN for a repository that Pulp doesn't have
   */
  async document(question: DocumentRequest): Promise<Document | undefined> {
    const found = await this.documentOr(question);
    return typeof found === "string" ? undefined : found;
  }

  /** As `document`, with the reason where there is none. */
  async documentOr({ path, headers, limit, ...question }: DocumentRequest): Promise<Document | Absence> {
    const first = await this.#upstream.request({
      ...question,
      method: "GET",
      path: REGISTRY + path,
      headers,
    });
    const moved = isMoved(first);
    if (moved) await drop(first, MAX_ERROR_BYTES);
    const answer = moved ? await this.#moved(first, { method: "GET", headers, ...question }) : first;
    if (answer.status === 404 && !moved) return this.#absenceOf(answer);
    if (answer.status === 404) {
      await drop(answer, MAX_ERROR_BYTES);
      return "unknown";
    }
    if (answer.status !== 200) throw await refusalOf(this.#upstream, answer);
    return {
      text: await this.#upstream.text(answer, limit),
      mediaType: mediaTypeOf(answer),
      digest: headerOf(answer, "docker-content-digest"),
    };
  }

  /** The media type of a document, which an older Pulp keeps behind a redirect; undefined where there is none. */
  async mediaType({
    path,
    headers,
    cancellation,
  }: Omit<DocumentRequest, "limit">): Promise<string | undefined> {
    const question = {
      method: "HEAD",
      headers,
      ...(cancellation === undefined ? {} : { cancellation }),
    } as const;
    const first = await this.#upstream.request({ ...question, path: REGISTRY + path });
    const answer = isMoved(first) ? await this.#moved(first, question) : first;
    await drop(answer, MAX_ERROR_BYTES);
    return answer.status === 200 ? mediaTypeOf(answer) : undefined;
  }

  /** The error for a document that makes no sense. */
  unusable(problem: string): RegistryError {
    return this.#upstream.unusable(problem);
  }

  /** A registry says in JSON what it doesn't have; of a route that it doesn't have it knows nothing. */
  async #absenceOf(answer: UpstreamReply): Promise<Absence> {
    if (mediaTypeOf(answer) !== "application/json") {
      await drop(answer, MAX_ERROR_BYTES);
      return "no route";
    }
    const refusal = await refusalOf(this.#upstream, answer);
    if (refusal.data?.code === "NAME_UNKNOWN") throw refusal;
    return "unknown";
  }

  #moved(
    answer: UpstreamReply,
    { headers, ...question }: Omit<DocumentRequest, "path" | "limit"> & { readonly method: "GET" | "HEAD" },
  ): Promise<UpstreamReply> {
    const { accept = "*/*" } = headers;
    return this.#hosts.ask({
      ...question,
      location: headerOf(answer, "location") ?? "",
      headers: { accept, "accept-encoding": "identity" },
    });
  }
}
