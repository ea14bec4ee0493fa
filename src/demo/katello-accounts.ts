/** Who the Katello stand-in knows, and what it says to them: the rules of Katello's registry controller. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** An account at Foreman. */
export interface DemoUser {
  password: string;
  /** What the user may pull. */
  repositories: readonly string[];
}

/** What the stand-in knows. */
export interface KnownToKatello {
  /** By login; letter case doesn't matter at a login. */
  users: Readonly<Record<string, DemoUser>>;
  /** What registered hosts may pull, by uuid. */
  hosts?: Readonly<Record<string, readonly string[]>>;
  /** Repositories that anyone may pull. */
  unauthenticated?: readonly string[];
  /** Seconds that a user's token lives from its last login on; default 360. */
  tokenLife?: number;
}

/** Status and JSON body of an answer. */
export interface Answer {
  status: number;
  body: unknown;
}

/** The one registry token of a user. */
interface Token {
  text: string;
  /** Milliseconds since 1970; the same for as long as the token exists. */
  created: number;
  /** Likewise; moves on with each login. One that has run out counts for nothing, and a login makes it good again. */
  expires: number;
}

/** Seconds that a user's token lives from its last login on, and the anonymous one from its answer on. */
const TOKEN_LIFE = 360;
const ANONYMOUS_LIFE = 180;

/** The accounts, hosts and tokens. */
export class Accounts {
  readonly #users: Map<string, DemoUser>;
  readonly #hosts: Map<string, readonly string[]>;
  readonly #unauthenticated: readonly string[];
  readonly #tokenLife: number;
  readonly #tokens = new Map<string, Token>();

  constructor({ users, hosts = {}, unauthenticated = [], tokenLife = TOKEN_LIFE }: KnownToKatello) {
    this.#users = new Map(Object.entries(users).map(([login, user]) => [login.toLowerCase(), user]));
    this.#hosts = new Map(Object.entries(hosts));
    this.#unauthenticated = unauthenticated;
    this.#tokenLife = tokenLife;
  }

  /** Adds or replaces an account; undefined takes it away with its token. */
  setUser(login: string, user: DemoUser | undefined): void {
    const key = login.toLowerCase();
    if (user !== undefined) this.#users.set(key, user);
    else if (this.#users.delete(key)) this.#tokens.delete(key);
  }

  /** Adds or replaces a host; undefined takes it away. */
  setHost(uuid: string, repositories: readonly string[] | undefined): void {
    if (repositories !== undefined) this.#hosts.set(uuid, repositories);
    else this.#hosts.delete(uuid);
  }

  /**
   * Answers `token`. Katello looks at the credentials only if `scope` or `account` is there, and not for a scope that
   * anyone may pull: otherwise even a wrong password gets the anonymous token.
   */
  token(authorization: string | undefined, query: URLSearchParams): Answer {
    const scope = query.getAll("scope").at(-1) ?? "";
    const [, repository = "", action] = scope.split(":");
    const isPublic = action === "pull" && this.#unauthenticated.includes(repository);
    const asksForNobody = scope === "" && (query.get("account") ?? "") === "";
    const now = Date.now();
    if (isPublic || asksForNobody)
      return tokenAnswer({ text: "unauthenticated", created: now, expires: now + ANONYMOUS_LIFE * 1000 });

    const login = this.#byPassword(authorization);
    if (login === undefined) return refusal(authorization);
    const { text, created } = this.#tokens.get(login) ?? {
      text: randomBytes(16).toString("base64url"),
      created: now,
    };
    const token = { text, created, expires: now + this.#tokenLife * 1000 };
    this.#tokens.set(login, token);
    return tokenAnswer(token);
  }

  /** Answers the registry's entry, which is open to good passwords and tokens. */
  ping(authorization: string | undefined): Answer {
    return this.#byPassword(authorization) !== undefined || this.#byToken(authorization) !== undefined
      ? { status: 200, body: {} }
      : { status: 401, body: { error: { message: "unauthorized" } } };
  }

  /** Answers `_catalog` for a host, for a user with password or token, or for nobody. */
  catalog({ authorization, hostuuid }: IncomingHttpHeaders): Answer {
    if (authorization === undefined && typeof hostuuid === "string") {
      const repositories = this.#hosts.get(hostuuid);
      if (repositories !== undefined) return { status: 200, body: { repositories } };
      return {
        status: 404,
        body: { errors: [{ code: "NAME_UNKNOWN", message: `${hostuuid} was not found!` }] },
      };
    }
    const login = this.#byPassword(authorization) ?? this.#byToken(authorization);
    if (login === undefined && /^basic /i.test(authorization ?? "")) return refusal(authorization);
    const repositories =
      login === undefined ? this.#unauthenticated : (this.#users.get(login)?.repositories ?? []);
    return { status: 200, body: { repositories } };
  }

  #byPassword(authorization: string | undefined): string | undefined {
    const credentials = basicCredentials(authorization);
    const user = credentials && this.#users.get(credentials.login);
    return user && same(user.password, credentials.password) ? credentials.login : undefined;
  }

  #byToken(authorization: string | undefined): string | undefined {
    const text = /^bearer (\S+)$/i.exec(authorization ?? "")?.[1] ?? "";
    const [login, token] = [...this.#tokens].find(([, known]) => same(known.text, text)) ?? [];
    return token !== undefined && Date.now() < token.expires ? login : undefined;
  }
}

function basicCredentials(
  authorization: string | undefined,
): { login: string; password: string } | undefined {
  const encoded = /^basic (\S+)$/i.exec(authorization ?? "")?.[1];
  const [, login, password] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? "", "base64").toString("utf8")) ?? [];
  return login === undefined || password === undefined ? undefined : { login: login.toLowerCase(), password };
}

/** Whole seconds with the server's offset, as Ruby's `rfc3339` writes a time; `expires_in` counts from `issued_at`. */
function tokenAnswer({ text, created, expires }: Token): Answer {
  const issued = Math.floor(created / 1000) * 1000;
  const rfc3339 = (time: number) => new Date(time).toISOString().replace(/\.\d+Z$/, "+00:00");
  return {
    status: 200,
    body: {
      token: text,
      expires_in: Math.floor((expires - issued) / 1000),
      issued_at: rfc3339(issued),
      expires_at: rfc3339(expires),
    },
  };
}

function refusal(authorization: string | undefined): Answer {
  const login = basicCredentials(authorization)?.login ?? "";
  return { status: 401, body: { error: { message: `Unable to authenticate user ${login}` } } };
}

function same(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
