/** Foreman's API for Smart Proxies. */
import { Agent, request } from "undici";
import { z } from "zod";
import { errorText } from "../../model/error-text.ts";
import { StartupError } from "../../model/startup-error.ts";
import { type OauthKey, oauthHeader } from "./oauth.ts";

/** Credentials of an administrator: password or personal access token, or the OAuth key of the server. */
export type ForemanCredentials =
  | { readonly user: string; readonly password: string }
  | { readonly user: string; readonly oauth: OauthKey };

/** Address and credentials. */
export interface ForemanOptions {
  readonly url: string;
  /** CA of Foreman's certificate, PEM; the system's CAs if undefined. */
  readonly ca: string | undefined;
  readonly credentials: ForemanCredentials;
}

const SmartProxyReply = z.object({
  id: z.number(),
  name: z.string(),
  url: z.string(),
  features: z.array(z.object({ name: z.string() })).default([]),
});
const ListReply = z.object({ results: z.array(SmartProxyReply) });
const StatusReply = z.object({ version: z.string() });
const ErrorReply = z.object({
  error: z.object({ message: z.string().optional(), full_messages: z.array(z.string()).optional() }),
});

/** A Smart Proxy's record. */
export type SmartProxyRecord = z.infer<typeof SmartProxyReply>;

/** Foreman contacts the Smart Proxy while it creates or refreshes a record. */
const TIMEOUT_MS = 120_000;

/** Text of an error reply. */
function problemOf(status: number, text: string): string {
  if (status === 401) return "Foreman refuses these credentials: see --user, and the password or token";
  if (status === 403)
    return "this account may not do that: it needs the permissions view_smart_proxies, create_smart_proxies and edit_smart_proxies";
  const parsed = ErrorReply.safeParse(parse(text));
  const { message, full_messages } = parsed.success ? parsed.data.error : {};
  return `Foreman replied ${status}: ${full_messages?.join(", ") ?? message ?? "without an error of its API"}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Client of the API. */
export class Foreman {
  readonly #options: ForemanOptions;
  readonly #agent: Agent;

  constructor(options: ForemanOptions) {
    this.#options = options;
    this.#agent = new Agent({ connect: options.ca === undefined ? {} : { ca: options.ca } });
  }

  /** Version of Foreman. */
  async version(): Promise<string> {
    return (await this.#call(StatusReply, "GET", "/api/v2/status")).version;
  }

  /** Finds a record by its name. */
  async find(name: string): Promise<SmartProxyRecord | undefined> {
    const search = new URLSearchParams({ search: `name="${name.replaceAll('"', "")}"`, per_page: "2" });
    const { results } = await this.#call(ListReply, "GET", `/api/v2/smart_proxies?${search}`);
    return results.find((one) => one.name === name);
  }

  /** Creates a record. Foreman asks its URL for the features. */
  create(name: string, url: string): Promise<SmartProxyRecord> {
    return this.#call(SmartProxyReply, "POST", "/api/v2/smart_proxies", { smart_proxy: { name, url } });
  }

  /** Changes the URL of a record. */
  update(id: number, url: string): Promise<SmartProxyRecord> {
    return this.#call(SmartProxyReply, "PUT", `/api/v2/smart_proxies/${id}`, { smart_proxy: { url } });
  }

  /** Has Foreman ask for the features of a record. */
  refresh(id: number): Promise<SmartProxyRecord> {
    return this.#call(SmartProxyReply, "PUT", `/api/v2/smart_proxies/${id}/refresh`, {});
  }

  close(): Promise<void> {
    return this.#agent.close();
  }

  #authorization(method: string, url: URL): Record<string, string> {
    const { credentials } = this.#options;
    if ("oauth" in credentials)
      return {
        authorization: oauthHeader({ method, url }, credentials.oauth),
        "foreman-user": credentials.user,
      };
    const { user, password } = credentials;
    return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
  }

  /** @throws StartupError that says what Foreman refused, or why it can't be reached */
  async #call<Type extends z.ZodType>(
    type: Type,
    method: string,
    path: string,
    body?: object,
  ): Promise<z.output<Type>> {
    const url = new URL(path, this.#options.url);
    const reply = await request(url, {
      dispatcher: this.#agent,
      method,
      headersTimeout: TIMEOUT_MS,
      headers: {
        accept: "application/json",
        "content-type": "application/json",
        ...this.#authorization(method, url),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new StartupError(`${url.origin} can't be reached: ${errorText(error)}. See --foreman and --ca`);
    });
    const text = await reply.body.text();
    if (reply.statusCode >= 300) throw new StartupError(problemOf(reply.statusCode, text));
    const parsed = type.safeParse(parse(text));
    if (!parsed.success)
      throw new StartupError(`${url.origin} is not Foreman: its reply to ${path} is something else`);
    return parsed.data;
  }
}
