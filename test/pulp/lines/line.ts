/** One line of the contract with Pulp: a request and the expected reply. */
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
  /** Name of the client certificate; default: the gateway's. */
  readonly as?: "gateway" | "stranger" | "foreigner" | "nobody";
  /** Only of this generation; default: both. */
  readonly only?: Generation;
  /** 0: the connection is closed. */
  readonly status: number;
  readonly reason?: string;
  /**
   * All headers of the reply, in lower case, but for `Date`, those of the connection, and Content-Length, which is
   * only listed if `body` does not determine it.
   */
  readonly answer?: Readonly<Record<string, Expected | PerGeneration>>;
  /** The body of a GET. An object is JSON as Pulp writes it: without blanks, in this order. */
  readonly body?: string | RegExp | object;
}
