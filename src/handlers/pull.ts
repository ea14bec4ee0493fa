/** Pulling: decide, ask Pulp, pass on. */
import type { IncomingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import type { Gate } from "../auth/gate.ts";
import type { ContentAnswer, ContentQuestion, ContentSource } from "../content.ts";
import { registryError } from "../errors.ts";
import type { Interest } from "../interest.ts";
import type { RepositoryName } from "../names.ts";
import type { Handlers, Reply, Visitor } from "../operations.ts";

/** What pulling rests on. */
export interface PullOptions {
  readonly gate: Gate;
  /** Where the content is. */
  readonly content: ContentSource;
  /** Named in the refusal of pushes: where content is to be pushed. */
  readonly katelloUrl: string;
}

/** Everything else of a caller's headers stays here: credentials, cookies, certificates and whatever claims to be one. */
const UP = ["user-agent", "if-none-match", "if-modified-since"] as const;

/** Pulp logs no other correlation id, and warns of each. */
const GUID = /^[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i;

interface Asked {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly requestId: string;
  readonly address: string | undefined;
}

/** @param more names of headers that this kind of content understands */
export function headersUp(
  { headers, requestId, address }: Asked,
  ...more: readonly string[]
): Record<string, string> {
  const up: Record<string, string> = { "x-request-id": requestId };
  if (GUID.test(requestId)) up["correlation-id"] = requestId;
  for (const name of [...UP, ...more]) {
    const value = headers[name];
    if (typeof value === "string") up[name] = value;
  }
  if (address !== undefined) up["x-forwarded-for"] = address;
  return up;
}

type Redirection = Extract<Reply<"getManifest"> & Reply<"getBlob">, { status: 302 | 307 | 304 }>;

function passRedirect(answer: Exclude<ContentAnswer, { kind: "content" }>): Redirection {
  if (answer.kind === "unchanged") return { status: 304, headers: answer.headers };
  const headers = { ...answer.headers, Location: answer.location };
  return answer.status === 307 ? { status: 307, headers } : { status: 302, headers };
}

/** Whether an `If-None-Match` has this entity tag among its own (RFC 9110 section 13.1.2: compared weakly). */
function names(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes(etag) || tags.includes("*");
}

/** What a call wants to know of Pulp; what it takes with it is made when somebody really asks. */
class Question implements ContentQuestion {
  readonly method: "GET" | "HEAD";
  readonly name: RepositoryName;
  readonly #call: Asking;
  readonly #names: readonly string[];

  constructor(call: Asking, names: readonly string[]) {
    this.method = call.method === "HEAD" ? "HEAD" : "GET";
    this.name = call.path.name;
    this.#call = call;
    this.#names = names;
  }

  get headers(): Record<string, string> {
    return headersUp(this.#call, ...this.#names);
  }

  get interest(): Interest {
    return this.#call.interest;
  }
}

type Asking = Asked & { readonly interest: Interest; readonly path: { readonly name: RepositoryName } };

/**
 * The question that a call asks of Pulp, with the reference or digest it is about.
 * @param names headers that this kind of content understands
 */
export const questionOf = <About extends object>(
  call: Asking,
  about: About,
  ...names: string[]
): ContentQuestion & About => Object.assign(new Question(call, names), about);

interface Entering {
  readonly caller: Visitor;
  readonly path: { readonly name: RepositoryName };
  readonly origin: string;
}

type PullHandlers = Pick<
  Handlers,
  | "getBase"
  | "headBase"
  | "getManifest"
  | "headManifest"
  | "getBlob"
  | "headBlob"
  | "refusePost"
  | "refusePut"
  | "refusePatch"
  | "refuseDelete"
>;

/** Makes the handlers of manifests, blobs and the pushes that are refused. */
export function createPull({ gate, content, katelloUrl }: PullOptions): PullHandlers {
  const enter = ({ caller, path: { name }, origin }: Entering) => gate({ caller, name, origin });

  const manifest: Handlers["getManifest"] = async (call) => {
    await enter(call);
    const answer = await content.manifest(questionOf(call, { reference: call.path.reference }, "accept"));
    if (answer.kind !== "content") return passRedirect(answer);
    const { headers, body } = answer;
    const { ETag, "Docker-Content-Digest": digest = "" } = headers;
    if (ETag !== undefined && names(call.headers["if-none-match"], ETag)) {
      if (body instanceof Readable) body.resume();
      return { status: 304, headers: { ETag, "Docker-Content-Digest": digest } };
    }
    return { status: 200, headers, body };
  };

  const blob: Handlers["getBlob"] = async (call) => {
    await enter(call);
    // No Accept: flatpak names manifests there.
    const answer = await content.blob(questionOf(call, { digest: call.path.digest }, "range"));
    if (answer.kind !== "content") return passRedirect(answer);
    return { status: answer.status === 206 ? 206 : 200, headers: answer.headers, body: answer.body };
  };

  /** Katello's own tests look for the first words. */
  const refuse = async (): Promise<never> => {
    throw registryError("UNSUPPORTED", {
      message: `Pushing content is unsupported here; push to ${katelloUrl}`,
      headers: { Allow: "GET, HEAD" },
    });
  };

  const base: Handlers["getBase"] = async () => ({ status: 200, body: {} });

  return {
    getBase: base,
    headBase: base,
    getManifest: manifest,
    headManifest: manifest,
    getBlob: blob,
    headBlob: blob,
    refusePost: refuse,
    refusePut: refuse,
    refusePatch: refuse,
    refuseDelete: refuse,
  };
}
