/** Signed links from Pulp's registry to its content app, as pulpcore's redirect guard makes them. */
import { createHash, randomBytes } from "node:crypto";

/** Error message of the content app for an invalid link; undefined for a valid one. */
export type Complaint = "Access not authenticated" | "Authentication expired" | undefined;

/** Signs and checks links. Path and query are signed, in this order; scheme, host and port are not. */
export class Links {
  readonly #secret = randomBytes(32);
  readonly #seconds: number;

  /** @param seconds lifetime of a link; one hour in Pulp */
  constructor(seconds = 3600) {
    this.#seconds = seconds;
  }

  /** Returns the path with `?expires=<unix time>&validate_token=<salt>:<digest>`, with a new salt for each call. */
  sign(path: string): string {
    const salt = randomBytes(32);
    const signed = `${path}?expires=${Math.floor(Date.now() / 1000) + this.#seconds}`;
    return `${signed}&validate_token=${salt.toString("hex")}:${this.#digest(salt, signed)}`;
  }

  /** Checks a link. @param query without the question mark. Pulp ignores what follows the token. */
  check(path: string, query: string): Complaint {
    const parameters = new URLSearchParams(query);
    const expires = parameters.get("expires");
    if (expires === null || !/^\d+$/.test(expires)) return "Access not authenticated";
    if (Math.floor(Date.now() / 1000) > Number(expires)) return "Authentication expired";
    const [salt = "", digest] = parameters.get("validate_token")?.split(":") ?? [];
    const signed = `${path}?${query.replace(/&validate_token=.*$/, "")}`;
    return digest === this.#digest(Buffer.from(salt, "hex"), signed) ? undefined : "Access not authenticated";
  }

  #digest(salt: Buffer, signed: string): string {
    return createHash("sha256").update(salt).update(signed).update(this.#secret).digest("hex");
  }
}
