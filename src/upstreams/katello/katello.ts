/** Katello's registry API, which runs in Foreman: checks credentials and tokens, and lists what their owner may pull. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { unavailable } from "../../model/errors.ts";
import type { IssuedToken, LoginRequest, RefusedLogin } from "../../model/logins.ts";
import { drop, headerOf, type UpstreamReply } from "../reply.ts";
import type { Upstream } from "../upstream.ts";

const MAX_TOKEN_BYTES = 65_536;
const MAX_CATALOG_BYTES = 32 * 1024 * 1024;
/** Seconds that a token without a lifetime lives (distribution specification, "Token Response Fields"). */
const DEFAULT_LIFETIME_S = 60;
/** Seconds after which a login is worth another try while Foreman refuses every login of an address. */
const TOO_MANY_TRIES_RETRY_S = 60;

/**
 * A scope that no repository has. Katello gives the anonymous token for a scope that anyone may pull, whatever the password,
 * and replaces a revoked token only where there is no scope at all.
 */
const CONSTANT_SCOPE = "repository:registry:pull,push";

/** Foreman's reply to an address with too many failed logins, which has no status of its own. */
const TOO_MANY_TRIES = /too many tries/i;

/** Replies of Foreman's web server to headers that are longer than it reads. */
const TOO_LONG = new Set([400, 431]);

const TokenReply = z.object({
  // A stored hash such as `$2a$04$...`: clients send it back in a header.
  token: z.string().regex(/^[\x21-\x7e]{1,4096}$/),
  expires_in: z.number().positive().optional(),
  issued_at: z.string().optional(),
});
/** Names may be `null`, where a repository has none, or anything else: those that can't be pulled are left out. */
const CatalogReply = z.object({ repositories: z.array(z.unknown()) });

/** Seconds that a token still lives by Katello's own clock, which may differ from ours: its `Date` less `issued_at`. */
function secondsLeft(
  { expires_in = DEFAULT_LIFETIME_S, issued_at }: z.infer<typeof TokenReply>,
  answer: UpstreamReply,
): number {
  const now = Date.parse(headerOf(answer, "date") ?? "");
  const issued = Date.parse(issued_at ?? "");
  const age = Number.isNaN(now) || Number.isNaN(issued) ? 0 : Math.max(0, (now - issued) / 1000);
  return expires_in - age;
}

/** How Katello is reached. */
export interface KatelloOptions {
  /** Without a client certificate: Katello may vouch for whatever a Smart Proxy's certificate comes with. */
  readonly forUsers: Upstream;
  /** With the gateway's client certificate, without which no host is told anything. */
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
   * @throws RegistryError UNAVAILABLE if Katello can't say, or refuses every login of this address
   */
  async login(question: LoginRequest): Promise<IssuedToken | RefusedLogin> {
    const { authorization, name, replacesRevoked: fresh, requestId, address } = question;
    // Without `account` and without `scope` Katello would not look at the password.
    const query = new URLSearchParams({ account: name, ...(fresh ? {} : { scope: CONSTANT_SCOPE }) });
    const answer = await this.#get(this.#users, `token?${query}`, {
      authorization,
      ...headersOf(requestId, address),
    });
    const { status } = answer;
    const text = await this.#users.text(answer, MAX_TOKEN_BYTES);
    if (status === 401) return this.#refusal(answer, text);
    if (status === 403) return { refused: "permission" };
    if (TOO_LONG.has(status)) return { refused: "credentials" };
    const told = this.#parse(TokenReply, status, text);
    if (told.token === "unauthorized") return { refused: "credentials" };
    const left = secondsLeft(told, answer);
    if (left < 1) throw this.#users.unusable("issues tokens that have expired already");
    return { token: told.token, secondsLeft: left };
  }

  /**
   * Lists the names of the repositories that these credentials may pull.
   * @throws RegistryError UNAVAILABLE if Katello can't be asked, or refuses the credentials
   */
  async catalog(authorization: string, requestId: string, address?: string): Promise<string[]> {
    const headers = { authorization, ...headersOf(requestId, address) };
    return this.#names(this.#users, await this.#get(this.#users, "_catalog", headers));
  }

  /**
   * Checks a token: Katello's entry, like ours, is open to valid tokens only.
   * @throws RegistryError if that can't be said now
   */
  async accepts(token: string, requestId: string): Promise<boolean> {
    const headers = { authorization: `Bearer ${token}`, ...headersOf(requestId) };
    const answer = await this.#get(this.#users, "", headers);
    await drop(answer, MAX_TOKEN_BYTES);
    if (answer.status !== 200 && answer.status !== 401)
      throw this.#users.unusable(`answers ${answer.status} to a token`);
    return answer.status === 200;
  }

  /**
   * Tries a token that nobody has.
   * @returns whether Katello takes it, so that no revoked token would ever be found
   */
  acceptsAnything(): Promise<boolean> {
    return this.accepts(randomBytes(24).toString("base64url"), "token-probe");
  }

  /**
   * Lists the names of the repositories that a host may pull: what is open to all for a host that Katello doesn't know.
   * Katello believes the header: the uuid must come from a certificate that was verified here.
   */
  async hostCatalog(uuid: string, requestId: string): Promise<string[]> {
    const headers = { hostuuid: uuid, ...headersOf(requestId) };
    return this.#names(this.#hosts, await this.#get(this.#hosts, "_catalog", headers, uuid));
  }

  /** Whether Katello's registry answers. */
  reachable(): Promise<boolean> {
    return this.#users.reachable(`${this.#base}token`);
  }

  /**
   * Says how Katello's registry answers, for an operator.
   * @throws RegistryError if it doesn't answer as one
   */
  async probe(): Promise<string> {
    const answer = await this.#get(this.#users, "token", {});
    const text = await this.#users.text(answer, MAX_TOKEN_BYTES);
    const { token } = this.#parse(TokenReply, answer.status, text);
    return `its registry answers; anonymous callers get the token ${JSON.stringify(token.slice(0, 20))}`;
  }

  /** Foreman refuses with the same status a wrong password, a revoked token, and an address with too many failures. */
  #refusal(answer: UpstreamReply, text: string): RefusedLogin {
    if (TOO_MANY_TRIES.test(text)) {
      throw unavailable(
        "Foreman refuses every login of this address for some minutes, after too many failed ones",
        TOO_MANY_TRIES_RETRY_S,
        new Error(
          "too many tries: name this gateway in Foreman's trusted_proxies, or lower foreman_failed_logins",
        ),
      );
    }
    // A failed login is refused before the registry is asked, which alone sends a challenge.
    return { refused: headerOf(answer, "www-authenticate") === undefined ? "credentials" : "revoked" };
  }

  async #names(upstream: Upstream, answer: UpstreamReply): Promise<string[]> {
    const text = await upstream.text(answer, MAX_CATALOG_BYTES);
    const { repositories } = this.#parse(CatalogReply, answer.status, text);
    return repositories.filter((name) => typeof name === "string");
  }

  /** @param caller whose share of the connections it takes */
  #get(
    upstream: Upstream,
    path: string,
    headers: Readonly<Record<string, string>>,
    caller = headers["x-forwarded-for"],
  ): Promise<UpstreamReply> {
    // Foreman translates its messages, one of which has to be understood.
    const common = { accept: "application/json", "accept-language": "en" };
    return upstream.request({
      method: "GET",
      path: this.#base + path,
      headers: { ...common, ...headers },
      caller,
    });
  }

  /** A reply counts only once it has its proper form: no web page is taken for an empty list. */
  #parse<T>(schema: z.ZodType<T>, status: number, text: string): T {
    if (status === 429) throw unavailable("Katello is rate limiting (429)", 5);
    if (status !== 200) throw this.#users.unusable(`answers ${status}`);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw this.#users.unusable("answers with something else than JSON");
    }
    const parsed = schema.safeParse(value);
    if (!parsed.success)
      throw this.#users.unusable(`answers with unexpected JSON: ${z.prettifyError(parsed.error)}`);
    return parsed.data;
  }
}

/** Foreman counts failed logins by the client's address, if its `trusted_proxies` name the gateway. */
const headersOf = (requestId: string, address?: string): Record<string, string> => ({
  "x-request-id": requestId,
  ...(address === undefined ? {} : { "x-forwarded-for": address }),
});
