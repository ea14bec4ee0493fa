/** Rows: one command line of a real client each, and what must come of it. */
import { expect, test } from "@jest/globals";
import type { Client } from "./client.ts";

/** One row. They run in order, and a login stays until the logout. */
export interface Row {
  readonly when: string;
  /** Arguments with blanks between. `HOST` stands for the registry, `HOME` for the client's folder; see {@link Stage}. */
  readonly run: string;
  readonly input?: string;
  /** The exit code; default 0. */
  readonly code?: number;
  /** What it must say, all of them. */
  readonly says?: string | RegExp | readonly (string | RegExp)[];
  /** What it must not say. */
  readonly never?: string | RegExp;
}

/** Where a row runs. */
export interface Stage {
  readonly client: Client;
  readonly host: string;
  readonly home: string;
  /** `DIGEST`: that of the image `org/private-app:latest`. */
  readonly digest?: string;
  /** `SCRATCH`: another registry, such as one where anything may be pushed. */
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
