/** Registry tokens of the demo Katello: one per user, as with Foreman's personal access tokens. */
import { createHash, randomBytes } from "node:crypto";

/** The registry token of a user. */
interface RegistryToken {
  readonly text: string;
  /** Time of creation, in milliseconds since 1970. */
  readonly created: number;
  /** Time of expiry, in milliseconds since 1970, which each login extends. */
  expires: number;
  revoked: boolean;
}

/** A token in the reply to a login. */
export interface IssuedToken {
  readonly text: string;
  readonly created: number;
  readonly expires: number;
}

const BCRYPT_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** Number of characters of a bcrypt hash after its salt. */
const HASH_LENGTH = 31;

/** Makes a text in the format of the bcrypt hash that Foreman stores and issues, salted with the user's id. */
function bcryptText(userId: number): string {
  const salt = createHash("sha1").update(String(userId)).digest("hex").slice(0, 21);
  // Always contains both punctuation marks of the alphabet, so that tests don't depend on chance.
  const random = [...randomBytes(HASH_LENGTH - 2)].map((byte) => BCRYPT_ALPHABET[byte % 64]).join("");
  return `$2a$04$${salt}O${random.slice(0, 9)}/${random.slice(9)}.`;
}

/** Issues, finds and revokes registry tokens. */
export class RegistryTokens {
  readonly #lifeMs: number;
  readonly #tokens = new Map<string, RegistryToken>();
  #users = 0;

  /** @param lifeMs lifetime after the last login of a user */
  constructor(lifeMs: number) {
    this.#lifeMs = lifeMs;
  }

  /**
   * Issues the token of a user, or extends its lifetime.
   * @param fresh true if a revoked token is replaced
   * @returns undefined if the token is revoked and not replaced
   */
  issue(login: string, fresh: boolean): IssuedToken | undefined {
    const now = Date.now();
    const existing = this.#tokens.get(login);
    if (existing?.revoked === true && !fresh) return undefined;
    if (existing === undefined) this.#users += 1;
    const token =
      existing === undefined || existing.revoked
        ? { text: bcryptText(this.#users), created: now, expires: 0, revoked: false }
        : existing;
    token.expires = now + this.#lifeMs;
    this.#tokens.set(login, token);
    return token;
  }

  /** Returns the login of a token; undefined if it is unknown, expired or revoked. */
  holderOf(text: string): string | undefined {
    const [login, token] = [...this.#tokens].find(([, candidate]) => candidate.text === text) ?? [];
    return token !== undefined && !token.revoked && Date.now() < token.expires ? login : undefined;
  }

  /** Revokes the token of a user, as on Foreman's page of personal access tokens. */
  revoke(login: string): void {
    const token = this.#tokens.get(login);
    if (token !== undefined) token.revoked = true;
  }

  /** Deletes the token of a user. */
  delete(login: string): void {
    this.#tokens.delete(login);
  }
}
