/** The registry tokens of the demo Katello: one for each user, as Foreman's personal access tokens are. */
import { createHash, randomBytes } from "node:crypto";

/** The registry token of a user. */
interface RegistryToken {
  readonly text: string;
  /** Milliseconds since 1970; the same for as long as the token exists. */
  readonly created: number;
  /** Likewise; each login moves it on. */
  expires: number;
  revoked: boolean;
}

/** A token as the reply to a login says it. */
export interface IssuedToken {
  readonly text: string;
  readonly created: number;
  readonly expires: number;
}

const BCRYPT_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** Characters of a bcrypt hash behind its salt. */
const HASH_LENGTH = 31;

/** A text with the form of the bcrypt hash that Foreman stores and hands out, salted by the user's id. */
function bcryptText(userId: number): string {
  const salt = createHash("sha1").update(String(userId)).digest("hex").slice(0, 21);
  // Both punctuation marks of the alphabet, so that no test depends on chance to see them.
  const random = [...randomBytes(HASH_LENGTH - 2)].map((byte) => BCRYPT_ALPHABET[byte % 64]).join("");
  return `$2a$04$${salt}O${random.slice(0, 9)}/${random.slice(9)}.`;
}

/** Issues, finds and revokes registry tokens. */
export class RegistryTokens {
  readonly #lifeMs: number;
  readonly #tokens = new Map<string, RegistryToken>();
  #users = 0;

  /** @param lifeMs from a user's last login on */
  constructor(lifeMs: number) {
    this.#lifeMs = lifeMs;
  }

  /**
   * The token of a user, whose life begins anew.
   * @param fresh whether a login replaces a token that was revoked
   * @returns undefined for a token that stays revoked
   */
  issue(login: string, fresh: boolean): IssuedToken | undefined {
    const now = Date.now();
    const known = this.#tokens.get(login);
    if (known?.revoked === true && !fresh) return undefined;
    if (known === undefined) this.#users += 1;
    const token =
      known === undefined || known.revoked
        ? { text: bcryptText(this.#users), created: now, expires: 0, revoked: false }
        : known;
    token.expires = now + this.#lifeMs;
    this.#tokens.set(login, token);
    return token;
  }

  /** The login that a token belongs to; undefined for one that is unknown, expired or revoked. */
  holderOf(text: string): string | undefined {
    const [login, token] = [...this.#tokens].find(([, known]) => known.text === text) ?? [];
    return token !== undefined && !token.revoked && Date.now() < token.expires ? login : undefined;
  }

  /** Revokes the token of a user, as Foreman's page of personal access tokens does. */
  revoke(login: string): void {
    const token = this.#tokens.get(login);
    if (token !== undefined) token.revoked = true;
  }

  /** Deletes the token of a user. */
  delete(login: string): void {
    this.#tokens.delete(login);
  }
}
