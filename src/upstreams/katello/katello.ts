/** Katello's registry API, which runs in Foreman: checks credentials and tokens, and lists what their owner may pull. */
import { randomBytes, randomUUID } from "node:crypto";
import { z } from "zod";
import { unavailable } from "../../model/errors.ts";
import type { IssuedToken, LoginRequest, RefusedLogin } from "../../model/logins.ts";
import { drop, headerOf, type ProbeReply, type UpstreamReply } from "../reply.ts";
import type { Upstream } from "../upstream.ts";
import { CatalogReply, secondsLeft, TokenReply } from "./replies.ts";
import { checkTries } from "./too-many-tries.ts";

const MAX_TOKEN_BYTES = 65_536;
const MAX_CATALOG_BYTES = 32 * 1024 * 1024;

/**
 * A scope that no repository has. Katello gives the anonymous token for a scope that anyone may pull, whatever the password,
 * and replaces a revoked token only where there is no scope at all.
 */
const CONSTANT_SCOPE = "repository:registry:pull,push";

/** Replies of Foreman's web server to headers that are longer than it reads. */
const TOO_LONG = new Set([400, 431]);

/** Dependencies of the client. */
export interface KatelloOptions {
  /** Without a client certificate, because Katello may trust whatever headers arrive with a Smart Proxy's certificate. */
  readonly forUsers: Upstream;
  /** With the gateway's client certificate, which Katello requires for the catalog of a host. */
  readonly forHosts: Upstream;
  /** `katello_registry_path`, with its slashes. */
  readonly base: string;
}

/** Client of Katello's registry API. */
export class Katello {
  readonly #users: Upstream;
  readonly #hosts: Upstream;
  readonly #base: string;

  constructor({ forUsers, forHosts, base }: KatelloOptions) {
    this.#users = forUsers;
    this.#hosts = forHosts;
    this.#base = base;
  }

  /**
   * Checks the credentials of a user.
   * @throws RegistryError UNAVAILABLE if Katello sends no usable reply, or refuses every login of this address
   */
  async login(request: LoginRequest): Promise<IssuedToken | RefusedLogin> {
    const { authorization, name, replacesRevoked: fresh, requestId, address } = request;
    // Without `account` and `scope` Katello does not check the password.
    const query = new URLSearchParams({ account: name, ...(fresh ? {} : { scope: CONSTANT_SCOPE }) });
    const reply = await this.#get(this.#users, `token?${query}`, {
      authorization,
      ...headersOf(requestId, address),
    });
    const { status } = reply;
    const text = await this.#users.text(reply, MAX_TOKEN_BYTES);
    if (status === 401) return this.#refusal(reply, text);
    if (status === 403) return { refused: "permission" };
    if (TOO_LONG.has(status)) return { refused: "credentials" };
    const issued = this.#parse(TokenReply, status, text);
    if (issued.token === "unauthorized") return { refused: "credentials" };
    const left = secondsLeft(issued, reply);
    if (left < 1) throw this.#users.unusable("issues tokens that have already expired");
    return { token: issued.token, secondsLeft: left };
  }

  /**
   * Lists the names of the repositories that these credentials may pull.
   * @throws RegistryError UNAVAILABLE if Katello sends no usable reply, or refuses the credentials
   */
  async catalog(authorization: string, requestId: string, address?: string): Promise<string[]> {
    const headers = { authorization, ...headersOf(requestId, address) };
    return this.#names(this.#users, await this.#get(this.#users, "_catalog", headers));
  }

  /**
   * Checks a token: Katello's `/v2/`, like the gateway's, accepts valid tokens only.
   * @throws RegistryError if Katello sends no usable reply
   */
  async accepts(token: string, requestId: string): Promise<boolean> {
    const headers = { authorization: `Bearer ${token}`, ...headersOf(requestId) };
    const reply = await this.#get(this.#users, "", headers);
    await drop(reply, MAX_TOKEN_BYTES);
    if (reply.status !== 200 && reply.status !== 401)
      throw this.#users.unusable(`replies ${reply.status} to a token`);
    return reply.status === 200;
  }

  /**
   * Tries a random token.
   * @returns true if Katello accepts it, in which case revoked tokens can't be detected
   */
  acceptsAnything(): Promise<boolean> {
    return this.accepts(randomBytes(24).toString("base64url"), "token-probe");
  }

  /**
   * Lists the names of the repositories that a host may pull. For an unknown host these are the open ones.
   * Katello trusts the header, so the uuid must come from a verified certificate.
   */
  async hostCatalog(uuid: string, requestId: string): Promise<string[]> {
    const headers = { hostuuid: uuid, ...headersOf(requestId) };
    return this.#names(this.#hosts, await this.#get(this.#hosts, "_catalog", headers, uuid));
  }

  /** Resolves to true if Katello's registry replies. */
  reachable(): Promise<boolean> {
    return this.#users.reachable(`${this.#base}token`);
  }

  /** Sends a test request for the token of anonymous callers. @throws RegistryError if Katello sends no reply */
  async probe(): Promise<ProbeReply> {
    const reply = await this.#get(this.#users, "token", {});
    const text = await this.#users.text(reply, MAX_TOKEN_BYTES);
    const { status } = reply;
    return { status, date: headerOf(reply, "date"), isRegistry: isToken(text) };
  }

  /** Sends a test request for the catalog of an unknown host, with the gateway's certificate. @throws RegistryError as `probe` */
  async probeHosts(): Promise<ProbeReply> {
    const headers = { hostuuid: randomUUID(), ...headersOf("host-probe") };
    const reply = await this.#get(this.#hosts, "_catalog", headers);
    await drop(reply, MAX_CATALOG_BYTES);
    return { status: reply.status, date: headerOf(reply, "date"), isRegistry: reply.status === 200 };
  }

  /** Tells refusals apart: Foreman uses one status for wrong passwords, revoked tokens and addresses with too many failures. */
  #refusal(reply: UpstreamReply, text: string): RefusedLogin {
    checkTries(text);
    // Foreman refuses a failed login before the registry sees it, and only the registry sends a challenge.
    return { refused: headerOf(reply, "www-authenticate") === undefined ? "credentials" : "revoked" };
  }

  async #names(upstream: Upstream, reply: UpstreamReply): Promise<string[]> {
    const text = await upstream.text(reply, MAX_CATALOG_BYTES);
    const { repositories } = this.#parse(CatalogReply, reply.status, text);
    return repositories.filter((name) => typeof name === "string");
  }

  /** @param caller key under which the request counts for the fair share of connections */
  #get(
    upstream: Upstream,
    path: string,
    headers: Readonly<Record<string, string>>,
    caller = headers["x-forwarded-for"],
  ): Promise<UpstreamReply> {
    // Foreman translates its messages, one of which is parsed here.
    const common = { accept: "application/json", "accept-language": "en" };
    return upstream.request({
      method: "GET",
      path: this.#base + path,
      headers: { ...common, ...headers },
      caller,
    });
  }

  /** Parses a reply strictly, so that no web page is taken for an empty list. */
  #parse<T>(schema: z.ZodType<T>, status: number, text: string): T {
    if (status === 429) throw unavailable("Katello is rate limiting (429)", 5);
    if (status !== 200) throw this.#users.unusable(`replies ${status}`);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw this.#users.unusable("does not reply with JSON");
    }
    const parsed = schema.safeParse(value);
    if (!parsed.success)
      throw this.#users.unusable(`replies with unexpected JSON: ${z.prettifyError(parsed.error)}`);
    return parsed.data;
  }
}

/** Returns the headers that identify a request. Foreman counts failed logins per address if its `trusted_proxies` name the gateway. */
const headersOf = (requestId: string, address?: string): Record<string, string> => ({
  "x-request-id": requestId,
  ...(address === undefined ? {} : { "x-forwarded-for": address }),
});

/** True for the text of a token reply. */
function isToken(text: string): boolean {
  try {
    return TokenReply.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}
