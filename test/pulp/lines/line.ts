/** One line of the contract with Pulp: what is asked and what must come back. */
import type { Generation } from "../../../src/demo/pulp-replies.ts";

/** A text or a pattern. */
export type Expected = string | RegExp;
type PerGeneration = Readonly<Record<Generation, Expected>>;

/** One line of the contract. */
export interface Line {
  readonly when: string;
  readonly method?: string;
  /** `<NAME>` here, in a header or in a body is a fact about the Pulp at hand, `<NAME-5>` five less. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Whose client certificate is shown; default: the gateway's. */
  readonly as?: "gateway" | "stranger" | "foreigner" | "nobody";
  /** Only of this generation; default: both. */
  readonly only?: Generation;
  /** 0: the connection is broken off. */
  readonly status: number;
  readonly reason?: string;
  /**
   * All headers of the answer, in lower case, but for `Date`, those of the connection, and Content-Length, which is
   * only listed where `body` does not tell it.
   */
  readonly answer?: Readonly<Record<string, Expected | PerGeneration>>;
  /** What a GET has. An object is JSON as Pulp writes it: without blanks, in this order. */
  readonly body?: string | RegExp | object;
}
