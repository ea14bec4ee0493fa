/** Login: Katello checks the credentials, and what it says of their user is stored. */
import type { Logger } from "pino";
import { type RegistryError, registryError } from "../../model/errors.ts";
import type { FetchedGrants } from "../../model/grants.ts";
import type { IssuedToken, LoginRequest, RefusedLogin } from "../../model/logins.ts";
import { type ChallengePlace, unauthorized } from "../challenge.ts";
import { ANONYMOUS_TOKEN, tokenChecksum } from "../credentials.ts";

/** Katello, which checks credentials. */
export interface Logins {
  login(question: LoginRequest): Promise<IssuedToken | RefusedLogin>;
  /** What the credentials may pull. */
  catalog(authorization: string, requestId: string, address?: string): Promise<readonly string[]>;
}

/** Store of users and their grants. */
export interface Users {
  /** Finds a user, who is created if unknown. */
  ensure(name: string): Promise<{ readonly id: number; readonly hasGrants: boolean }>;
  /** @returns undefined if Katello has mapped all users since it was asked, and has to be asked again */
  replaceGrants(userId: number, told: FetchedGrants): Promise<{ readonly unknown: number } | undefined>;
}

/** Store of tokens. */
export interface Tokens {
  /**
   * @param age seconds since Katello was asked for the token
   * @returns whether it replaces another token of the user
   */
  remember(checksum: string, userId: number, secondsLeft: number, age: number): Promise<boolean>;
  /** Deletes all tokens of a user, at all gateways. */
  dropOf(name: string): Promise<void>;
}

/** Dependencies of a login. */
export interface LoginOptions {
  readonly logins: Logins;
  readonly users: Users;
  readonly tokens: Tokens;
  readonly log: Logger;
}

/** A user who has logged in; without an id where Katello takes the credentials for nobody's. */
export interface LoggedIn extends IssuedToken {
  readonly userId: number | undefined;
}

/** Checks a login; @throws RegistryError UNAVAILABLE if Katello can't be asked, TOOMANYREQUESTS for who has to wait */
export type LogIn = (question: LoginRequest) => Promise<LoggedIn | RefusedLogin>;

/** Whether Katello took the credentials. */
export const isLoggedIn = (result: LoggedIn | RefusedLogin): result is LoggedIn => !("refused" in result);

/** The error for a client whose login Katello refuses. */
export function loginRefused(place: ChallengePlace, { refused }: RefusedLogin): RegistryError {
  return refused === "permission"
    ? registryError("DENIED", {
        message:
          "this Foreman account may not have tokens: it lacks the permission create_personal_access_tokens",
      })
    : unauthorized(place);
}

/** Log lines for logins whose password was right. */
const LOGGED = {
  revoked: "login refused: the user's registry token is revoked in Foreman",
  permission: "login refused: the account lacks the permission create_personal_access_tokens in Foreman",
} as const;

/** Questions about the grants of one login, should Katello map all users while it is asked. */
const MAX_ATTEMPTS = 3;

/** Makes a login. The user is who Katello authenticated: the name in the credentials, and no other. */
export function createLogin({ logins, users, tokens, log }: LoginOptions): LogIn {
  /** Leaves the grants as they were where Katello can't list them: its sync comes in any case. */
  async function renewGrants(userId: number, question: LoginRequest): Promise<void> {
    const { authorization, requestId, address } = question;
    for (let questions = 0; questions < MAX_ATTEMPTS; questions += 1) {
      const asked = performance.now();
      const repositories = await logins.catalog(authorization, requestId, address).catch((error: unknown) => {
        log.warn(
          { request_id: requestId, err: error },
          "the grants of this login could not be fetched, the cached ones stay",
        );
        return undefined;
      });
      if (repositories === undefined) return;
      const kept = await users.replaceGrants(userId, { repositories, fetchedAt: asked });
      if (kept === undefined) continue;
      if (kept.unknown > 0)
        log.info(
          { request_id: requestId, unknown: kept.unknown },
          "Katello's catalog names repositories that are not listed",
        );
      return;
    }
    log.warn({ request_id: requestId }, "Katello maps all users each time that it is asked about this login");
  }

  const inBackground = (renewal: Promise<void>, { requestId }: LoginRequest) =>
    void renewal.catch((error: unknown) =>
      log.warn({ request_id: requestId, err: error }, "the grants of this login could not be stored"),
    );

  return async (question) => {
    const started = performance.now();
    const reply = await logins.login(question);
    const answered = performance.now();
    if ("refused" in reply) {
      if (reply.refused !== "credentials")
        log.info({ request_id: question.requestId, name: question.name }, LOGGED[reply.refused]);
      // Its password was right, so that this is known: whoever has cached the token would let it in until it is rechecked.
      if (reply.refused === "revoked") await tokens.dropOf(question.name);
      return reply;
    }
    if (reply.token === ANONYMOUS_TOKEN) return { ...reply, userId: undefined };
    const { id, hasGrants } = await users.ensure(question.name);
    // Grants that are cached serve until the new ones are there; what they lack is asked for at the first refusal.
    const renewal = renewGrants(id, question);
    if (hasGrants) inBackground(renewal, question);
    else await renewal;
    const now = performance.now();
    const secondsLeft = reply.secondsLeft - (now - answered) / 1000;
    const replaces = await tokens.remember(
      tokenChecksum(reply.token),
      id,
      secondsLeft,
      (now - started) / 1000,
    );
    // The cached grants may be those of somebody else, who had this login before.
    if (replaces) await renewal.catch(() => undefined);
    return { token: reply.token, secondsLeft, userId: id };
  };
}
