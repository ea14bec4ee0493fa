/** Signing in: Katello checks the credentials, and what it says of their user is kept. */
import type { Logger } from "pino";
import type { ToldGrants } from "../grants.ts";
import type { IssuedToken, LoginQuestion } from "../logins.ts";
import { ANONYMOUS_TOKEN, tokenChecksum } from "./credentials.ts";

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
  /** @returns undefined if Katello has mapped all users since it was asked, and has to be asked again */
  replaceGrants(userId: number, told: ToldGrants): Promise<{ readonly unknown: number } | undefined>;
}

/** Where tokens are kept. */
export interface Tokens {
  remember(checksum: string, userId: number, secondsLeft: number): Promise<void>;
}

/** What signing in rests on. */
export interface SignInOptions {
  readonly logins: Logins;
  readonly users: Users;
  readonly tokens: Tokens;
  readonly log: Logger;
}

/** Somebody who has signed in; without an id where Katello takes the credentials for nobody's. */
export interface SignedIn extends IssuedToken {
  readonly userId: number | undefined;
}

/** @returns undefined for refused credentials; @throws RegistryError UNAVAILABLE if Katello can't be asked */
export type SignIn = (question: LoginQuestion) => Promise<SignedIn | undefined>;

/** Questions about the grants of one login, should Katello map all users while it is asked. */
const MOST_QUESTIONS = 3;

/** Makes it. The user is who Katello authenticated: the name in the credentials, and no other. */
export function createSignIn({ logins, users, tokens, log }: SignInOptions): SignIn {
  /** A catalogue that can't be had leaves the grants as they were: Katello's push is on its way in any case. */
  async function renewGrants(userId: number, { authorization, requestId }: LoginQuestion): Promise<void> {
    for (let questions = 0; questions < MOST_QUESTIONS; questions += 1) {
      const asked = performance.now();
      const repositories = await logins.catalog(authorization, requestId).catch((error: unknown) => {
        log.warn(
          { request_id: requestId, err: error },
          "the grants of this login could not be fetched, the known ones stay",
        );
        return undefined;
      });
      if (repositories === undefined) return;
      const kept = await users.replaceGrants(userId, { repositories, asked });
      if (kept === undefined) continue;
      if (kept.unknown > 0)
        log.info(
          { request_id: requestId, unknown: kept.unknown },
          "Katello's catalogue names repositories that are not listed",
        );
      return;
    }
    log.warn({ request_id: requestId }, "Katello maps all users each time that it is asked about this login");
  }

  return async (question) => {
    const issued = await logins.login(question);
    if (issued === undefined) return undefined;
    if (issued.token === ANONYMOUS_TOKEN) return { ...issued, userId: undefined };
    const userId = await users.ensure(question.name);
    await renewGrants(userId, question);
    await tokens.remember(tokenChecksum(issued.token), userId, issued.secondsLeft);
    return { ...issued, userId };
  };
}
