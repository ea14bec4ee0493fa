/** Logging in. */
import type { Logger } from "pino";
import { unauthorized } from "../auth/challenge.ts";
import { ANONYMOUS_TOKEN, tokenChecksum } from "../auth/credentials.ts";
import type { IssuedToken, LoginQuestion } from "../grants.ts";
import type { Call, Handlers, Login, Reply } from "../operations.ts";

/** Who checks credentials. */
export interface Logins {
  /** @returns undefined for refused credentials */
  login(question: LoginQuestion): Promise<IssuedToken | undefined>;
  /** What the credentials may pull. */
  catalog(authorization: string, requestId: string): Promise<readonly string[]>;
}

/** Where users and their grants are kept. */
export interface Users {
  /** The id of a user, who is created if unknown. */
  ensure(name: string): Promise<number>;
  replaceGrants(userId: number, repositories: readonly string[]): Promise<{ readonly unknown: number }>;
}

/** Where tokens are kept. */
export interface Tokens {
  remember(checksum: string, userId: number, secondsLeft: number): Promise<void>;
}

/** What logging in rests on. */
export interface TokenOptions {
  readonly logins: Logins;
  readonly users: Users;
  readonly tokens: Tokens;
  readonly log: Logger;
}

type TokenReply = Reply<"getToken"> & { readonly status: 200 };

/** An anonymous caller may go on for so long before asking again; it costs nothing. */
const ANONYMOUS_SECONDS = 3600;

/** Both names of the token, for containerd reads the one and all others the other. */
function tokenReply(token: string, secondsLeft: number): TokenReply {
  const body = {
    token,
    access_token: token,
    expires_in: Math.max(1, Math.floor(secondsLeft)),
    issued_at: new Date().toISOString(),
  };
  return { status: 200, headers: { "Cache-Control": "no-store" }, body };
}

/** Makes the handler of `/v2/token`. The user is who Katello authenticated, never who a parameter says. */
export function createToken({ logins, users, tokens, log }: TokenOptions): Handlers["getToken"] {
  /** A catalogue that can't be had leaves the grants as they were: Katello's push is on its way in any case. */
  async function renewGrants(userId: number, authorization: string, requestId: string): Promise<void> {
    const names = await logins.catalog(authorization, requestId).catch((error: unknown) => {
      log.warn(
        { request_id: requestId, err: error },
        "the grants of this login could not be fetched, the known ones stay",
      );
      return undefined;
    });
    if (names === undefined) return;
    const { unknown } = await users.replaceGrants(userId, names);
    if (unknown > 0)
      log.info(
        { request_id: requestId, unknown },
        "Katello's catalogue names repositories that are not listed",
      );
  }

  async function login({ name, authorization }: Login, call: Call<"getToken">): Promise<TokenReply> {
    const { requestId, origin } = call;
    const issued = await logins.login({ authorization, name, requestId });
    if (issued === undefined) throw unauthorized({ origin, scope: undefined });
    if (issued.token === ANONYMOUS_TOKEN) return tokenReply(ANONYMOUS_TOKEN, issued.secondsLeft);
    const userId = await users.ensure(name);
    await renewGrants(userId, authorization, requestId);
    await tokens.remember(tokenChecksum(issued.token), userId, issued.secondsLeft);
    return tokenReply(issued.token, issued.secondsLeft);
  }

  return async (call) => {
    const { caller } = call;
    switch (caller.kind) {
      case "login":
        return login(caller, call);
      case "user":
        return tokenReply(caller.token.value, caller.token.secondsLeft);
      case "anonymous":
        return tokenReply(ANONYMOUS_TOKEN, ANONYMOUS_SECONDS);
    }
  };
}
