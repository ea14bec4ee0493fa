/** Documents from Pulp that the gateway parses, and does not only pass on. */
import { type ContentHeaders, withoutConditions } from "../../model/content.ts";
import type { RegistryError } from "../../model/errors.ts";
import type { Cancellation } from "../../resilience/cancellation.ts";
import type { ContentHosts } from "../delivery/content-hosts.ts";
import { drop, headerOf, type UpstreamReply } from "../reply.ts";
import type { Upstream } from "../upstream.ts";
import { errorOf, MAX_ERROR_BYTES } from "./refusals.ts";

/** A document from Pulp. */
export interface Document {
  readonly text: string;
  readonly mediaType: string;
  readonly digest: string | undefined;
}

/** Reason for a missing document: Pulp does not have it, or lacks the route for such documents. */
export type Absence = "unknown" | "no route";

/** A request for a document. */
export interface DocumentRequest {
  /** Path and query below Pulp's registry, built from validated parts only. */
  readonly path: string;
  readonly headers: ContentHeaders;
  /** Maximum size of the document in bytes. */
  readonly limitBytes: number;
  readonly cancellation?: Cancellation;
  /** True if the client decides how much work it is for Pulp. */
  readonly isQuery?: boolean;
}

/** Path of Pulp's registry. */
export const REGISTRY = "/pulpcore_registry";

/** Maximum size of an unwanted body that is read to its end to keep its connection. */
const MAX_UNREAD_BYTES = 1024 * 1024;

const isMoved = ({ status }: UpstreamReply): boolean => status === 302 || status === 307;

const mediaTypeOf = (reply: UpstreamReply): string =>
  (headerOf(reply, "content-type") ?? "").split(";", 1)[0]?.trim() ?? "";

/** Fetches documents from Pulp. */
export class PulpDocuments {
  readonly #upstream: Upstream;
  readonly #hosts: Pick<ContentHosts, "fetch">;

  /** @param hosts content hosts, to which an older Pulp redirects */
  constructor(upstream: Upstream, hosts: Pick<ContentHosts, "fetch">) {
    this.#upstream = upstream;
    this.#hosts = hosts;
  }

  /**
   * Checks with HEAD that a JSON document exists.
   * @throws RegistryError for every other reply
   */
  async isThere({ path, headers, ...request }: Omit<DocumentRequest, "limitBytes">): Promise<void> {
    const reply = await this.#upstream.request({
      ...request,
      method: "HEAD",
      path: REGISTRY + path,
      headers: { ...withoutConditions(headers), accept: "application/json" },
    });
    if (reply.status !== 200) throw await errorOf(this.#upstream, reply);
    await drop(reply, MAX_ERROR_BYTES);
  }

  /**
   * Resolves to true if there is a document, without following a redirect to it. Sends GET, because a reply to HEAD does not
   * tell an unknown repository from one that lacks the document.
   * @throws RegistryError as `document` does
   */
  async has({ path, headers, ...request }: Omit<DocumentRequest, "limitBytes">): Promise<boolean> {
    const reply = await this.#upstream.request({
      ...request,
      method: "GET",
      path: REGISTRY + path,
      headers,
    });
    if (isMoved(reply) || reply.status === 200) {
      await drop(reply, MAX_UNREAD_BYTES);
      return true;
    }
    if (reply.status !== 404) throw await errorOf(this.#upstream, reply);
    await this.#absenceOf(reply);
    return false;
  }

  /**
   * Fetches a document, and follows the redirect of an older Pulp; undefined if there is none, or no such route.
   * @throws RegistryError for every other reply, and NAME_UNKNOWN for a repository that Pulp does not have
   */
  async document(request: DocumentRequest): Promise<Document | undefined> {
    const found = await this.documentOr(request);
    return typeof found === "string" ? undefined : found;
  }

  /** Does the same as `document`, but returns the reason if there is none. */
  async documentOr({ path, headers, limitBytes, ...request }: DocumentRequest): Promise<Document | Absence> {
    const first = await this.#upstream.request({
      ...request,
      method: "GET",
      path: REGISTRY + path,
      headers,
    });
    const moved = isMoved(first);
    if (moved) await drop(first, MAX_ERROR_BYTES);
    const reply = moved ? await this.#moved(first, { method: "GET", headers, ...request }) : first;
    if (reply.status === 404 && !moved) return this.#absenceOf(reply);
    if (reply.status === 404) {
      await drop(reply, MAX_ERROR_BYTES);
      return "unknown";
    }
    if (reply.status !== 200) throw await errorOf(this.#upstream, reply);
    return {
      text: await this.#upstream.text(reply, limitBytes),
      mediaType: mediaTypeOf(reply),
      digest: headerOf(reply, "docker-content-digest"),
    };
  }

  /** Fetches the media type of a document, and follows the redirect of an older Pulp; undefined if there is none. */
  async mediaType({
    path,
    headers,
    cancellation,
  }: Pick<DocumentRequest, "path" | "headers" | "cancellation">): Promise<string | undefined> {
    const request = {
      method: "HEAD",
      headers,
      ...(cancellation === undefined ? {} : { cancellation }),
    } as const;
    const first = await this.#upstream.request({ ...request, path: REGISTRY + path });
    const reply = isMoved(first) ? await this.#moved(first, request) : first;
    await drop(reply, MAX_ERROR_BYTES);
    return reply.status === 200 ? mediaTypeOf(reply) : undefined;
  }

  /** Makes the error for an unusable document. */
  unusable(problem: string): RegistryError {
    return this.#upstream.unusable(problem);
  }

  /** Tells a missing document from a missing route: only the registry itself replies with JSON. */
  async #absenceOf(reply: UpstreamReply): Promise<Absence> {
    if (mediaTypeOf(reply) !== "application/json") {
      await drop(reply, MAX_ERROR_BYTES);
      return "no route";
    }
    const refusal = await errorOf(this.#upstream, reply);
    if (refusal.data?.code === "NAME_UNKNOWN") throw refusal;
    return "unknown";
  }

  #moved(
    reply: UpstreamReply,
    {
      headers,
      ...request
    }: Omit<DocumentRequest, "path" | "limitBytes"> & { readonly method: "GET" | "HEAD" },
  ): Promise<UpstreamReply> {
    const { accept = "*/*" } = headers;
    return this.#hosts.fetch({
      ...request,
      location: headerOf(reply, "location") ?? "",
      headers: { accept, "accept-encoding": "identity" },
    });
  }
}
