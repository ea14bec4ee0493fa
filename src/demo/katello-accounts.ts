/** Accounts and hosts of the demo Katello, and its replies to them: the rules of Katello's registry controller. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { LoginFailures } from "./katello-failures.ts";
import { catalogReply, type KatelloReply, refusal, tokenReply, unauthorized } from "./katello-replies.ts";
import { RegistryTokens } from "./katello-tokens.ts";

/** A Foreman account. */
export interface DemoUser {
  password: string;
  /** Repositories that the user may pull, beside the open ones. */
  repositories: readonly string[];
  /** Lacks the permission `create_personal_access_tokens`. */
  withoutTokens?: boolean;
  /** Sees every repository, also one without a name. */
  administrator?: boolean;
}

/** Data and settings of the demo Katello. */
export interface KatelloData {
  /** Users by login, which is case-insensitive. */
  users: Readonly<Record<string, DemoUser>>;
  /** Repositories that registered hosts may pull, by uuid. */
  hosts?: Readonly<Record<string, readonly string[]>>;
  /** Repositories that anyone may pull. */
  unauthenticated?: readonly string[];
  /** Lifetime of a user's token after its last login, in seconds; default 3600. */
  tokenLife?: number;
  /** Failed logins of an address after which all of its logins are refused; default 30, 0 for never. */
  failedLoginLimit?: number;
  /** True if the last address in `X-Forwarded-For` counts as the client's, as if Foreman's `trusted_proxies` named the gateway. */
  trustsForwardedFor?: boolean;
}

/** The part of a request that identifies the caller. */
export interface Caller {
  readonly headers: IncomingHttpHeaders;
  /** Address of the peer. */
  readonly address: string;
  /** True if a verified client certificate was presented. */
  readonly certified: boolean;
}

type Login = { readonly login: string } | { readonly refused: KatelloReply };

const ANONYMOUS_LIFE_MS = 180_000;
const DEFAULT_TOKEN_LIFE_S = 3600;
const DEFAULT_FAILED_LOGIN_LIMIT = 30;

/** Holds accounts, hosts and tokens, and makes the replies. */
export class Accounts {
  /** Foreman's counter of failed logins. */
  readonly failures: LoginFailures;
  readonly #users: Map<string, DemoUser>;
  readonly #hosts: Map<string, readonly string[]>;
  readonly #open: readonly string[];
  readonly #trustsForwardedFor: boolean;
  readonly #tokens: RegistryTokens;

  constructor({ users, hosts = {}, unauthenticated = [], ...set }: KatelloData) {
    this.#users = new Map(Object.entries(users).map(([login, user]) => [login.toLowerCase(), user]));
    this.#hosts = new Map(Object.entries(hosts));
    this.#open = unauthenticated;
    this.#trustsForwardedFor = set.trustsForwardedFor ?? false;
    this.#tokens = new RegistryTokens((set.tokenLife ?? DEFAULT_TOKEN_LIFE_S) * 1000);
    this.failures = new LoginFailures(set.failedLoginLimit ?? DEFAULT_FAILED_LOGIN_LIMIT);
  }

  /** Adds or replaces an account; undefined deletes it with its token. */
  setUser(login: string, user: DemoUser | undefined): void {
    const key = login.toLowerCase();
    if (user !== undefined) this.#users.set(key, user);
    else if (this.#users.delete(key)) this.#tokens.delete(key);
  }

  /** Adds or replaces a host; undefined deletes it. */
  setHost(uuid: string, repositories: readonly string[] | undefined): void {
    if (repositories !== undefined) this.#hosts.set(uuid, repositories);
    else this.#hosts.delete(uuid);
  }

  /** Revokes the registry token of a user. */
  revoke(login: string): void {
    this.#tokens.revoke(login.toLowerCase());
  }

  /**
   * Replies to `token`. Credentials are checked only if there is a `scope` or `account`, and not for the scope of an open
   * repository: otherwise even a wrong password gets the anonymous token.
   */
  token(caller: Caller, query: URLSearchParams): KatelloReply {
    const scope = query.getAll("scope").at(-1) ?? "";
    const [, repository = "", action] = scope.split(":");
    const isOpen = action === "pull" && this.#open.includes(repository);
    const isAnonymous = scope === "" && (query.get("account") ?? "") === "";
    if (isOpen || isAnonymous) {
      const now = Date.now();
      return tokenReply({ text: "unauthenticated", created: now, expires: now + ANONYMOUS_LIFE_MS });
    }
    const login = this.#logIn(caller);
    if ("refused" in login) return login.refused;
    const token = this.#tokens.issue(login.login, scope === "");
    return token === undefined ? unauthorized() : tokenReply(token);
  }

  /** Replies to `/v2/`, which accepts valid passwords, tokens and registered hosts. */
  ping(caller: Caller): KatelloReply {
    const { authorization, hostuuid } = caller.headers;
    if (authorization?.startsWith("Basic ") === true) {
      const login = this.#logIn(caller);
      return "refused" in login ? { ...login.refused, challenge: true } : { status: 200, body: {} };
    }
    const accepted =
      authorization === undefined
        ? this.#hosts.has(String(hostuuid))
        : this.#byToken(authorization) !== undefined;
    return accepted ? { status: 200, body: {} } : unauthorized();
  }

  /** Replies to `_catalog` for a user with password or token, for a host, for a certificate only, or for an anonymous caller. */
  catalog(caller: Caller): KatelloReply {
    const { authorization, hostuuid } = caller.headers;
    if (authorization?.startsWith("Basic ") === true) {
      const login = this.#logIn(caller);
      return "refused" in login ? login.refused : catalogReply(this.#visibleTo(login.login));
    }
    if (authorization !== undefined) return catalogReply(this.#visibleTo(this.#byToken(authorization)));
    if (hostuuid !== undefined)
      return catalogReply(this.#hosts.get(String(hostuuid)) ?? this.#visibleTo(undefined));
    return catalogReply(caller.certified ? this.#everything() : this.#visibleTo(undefined));
  }

  /** Replies to `/api/v2/current_user`. */
  currentUser(caller: Caller): KatelloReply {
    const login = this.#logIn(caller);
    if ("refused" in login) return login.refused;
    const user = this.#users.get(login.login);
    return { status: 200, body: { login: login.login, admin: user?.administrator === true } };
  }

  #everything(): (string | null)[] {
    const granted = [...this.#users.values()].flatMap(({ repositories }) => repositories);
    return [...new Set([...this.#open, ...granted, ...[...this.#hosts.values()].flat()]), null];
  }

  #visibleTo(login: string | undefined): readonly (string | null)[] {
    const user = this.#users.get(login ?? "");
    if (user?.administrator === true) return this.#everything();
    return [...new Set([...this.#open, ...(user?.repositories ?? [])])];
  }

  /** Logs in as Foreman does: checks the number of failures first, then the password, then the permission. */
  #logIn({ headers, address }: Caller): Login {
    const from = (this.#trustsForwardedFor && lastOf(headers["x-forwarded-for"])) || address;
    if (this.failures.blocks(from))
      return { refused: refusal(401, "Too many tries, please try again in a few minutes.") };
    const { typed = "", password = "" } = basicCredentials(headers.authorization) ?? {};
    const user = this.#users.get(typed.toLowerCase());
    if (user === undefined || password === "" || !same(user.password, password)) {
      this.failures.add(from);
      return { refused: refusal(401, `Unable to authenticate user ${typed}`) };
    }
    if (user.withoutTokens === true) return { refused: refusal(403, "Access denied") };
    return { login: typed.toLowerCase() };
  }

  #byToken(authorization: string): string | undefined {
    const [type, text] = authorization.split(" ");
    return type === "Bearer" && text !== undefined ? this.#tokens.holderOf(text) : undefined;
  }
}

const lastOf = (list: string | string[] | undefined): string | undefined =>
  String(list ?? "")
    .split(",")
    .at(-1)
    ?.trim();

/** Parses credentials. The scheme must be `Basic` in exactly this case, as in Foreman. */
function basicCredentials(authorization: string | undefined) {
  const [, encoded] = /^Basic (\S+)$/.exec(authorization ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const [, typed, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, "base64").toString("utf8")) ?? [];
  return typed === undefined || password === undefined ? undefined : { typed, password };
}

function same(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
