/** Codes of links that sign in a browser once. They stay in the worker that made them; each worker is asked for a code. */
import { hash, randomBytes } from "node:crypto";
import { BoundedMap } from "../../resilience/bounded-map.ts";

/** Time for which a link is valid. */
export const LINK_LIFETIME_S = 60;

const MAX_LINKS = 16;
const CODE_BYTES = 24;

const checksum = (code: string): string => hash("sha256", code);

/** Links of one worker. */
export class SignInLinks {
  /** End of each link in milliseconds of the process's clock, by the checksum of its code. */
  readonly #ends = new BoundedMap<string, number>(MAX_LINKS);

  /** Makes a link. @returns its code */
  make(): string {
    const code = randomBytes(CODE_BYTES).toString("base64url");
    this.#ends.set(checksum(code), performance.now() + LINK_LIFETIME_S * 1000);
    return code;
  }

  /** Uses a link up. @returns true if it was valid */
  use(code: string): boolean {
    const key = checksum(code);
    const end = this.#ends.get(key);
    return this.#ends.delete(key) && end !== undefined && end > performance.now();
  }
}
