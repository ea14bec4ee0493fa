/** Rows: command lines of real clients with their expected results. */
import { expect, test } from "@jest/globals";
import type { Client } from "./client.ts";

/** One row. Rows run in order, and a login lasts until the logout. */
export interface Row {
  readonly when: string;
  /** Arguments separated by blanks. `HOST` stands for the registry, `HOME` for the client's folder; see {@link Stage}. */
  readonly run: string;
  readonly input?: string;
  /** The exit code; default 0. */
  readonly code?: number;
  /** All that its output must contain. */
  readonly says?: string | RegExp | readonly (string | RegExp)[];
  /** What its output must not contain. */
  readonly never?: string | RegExp;
}

/** The environment of a row. */
export interface Stage {
  readonly client: Client;
  readonly host: string;
  readonly home: string;
  /** `DIGEST`: the digest of the image `org/private-app:latest`. */
  readonly digest?: string;
  /** `SCRATCH`: another registry, for example one that accepts pushes. */
  readonly scratch?: string;
}

/** Makes a test of each row. */
export function testRows(stage: () => Stage, rows: readonly Row[]): void {
  test.each(rows)("$when", async ({ run, input, code = 0, says = [], never }) => {
    const { client, host, home, digest = "", scratch = "" } = stage();
    const words = { HOST: host, HOME: home, DIGEST: digest, SCRATCH: scratch };
    const fill = (text: string) =>
      Object.entries(words).reduce((filled, [word, meaning]) => filled.replaceAll(word, meaning), text);
    const outcome = await client(fill(run).split(" "), input);
    expect({ code: outcome.code, ...(outcome.code === code ? {} : { said: outcome.said }) }).toEqual({
      code,
    });
    for (const word of [says].flat()) {
      if (word instanceof RegExp) expect(outcome.said).toMatch(word);
      else expect(outcome.said).toContain(fill(word));
    }
    if (never !== undefined) expect(outcome.said).not.toMatch(never);
  });
}
