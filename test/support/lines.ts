/** Contract lines: a request and the reply that the contract promises, each a test of its own. */
import { expect, test } from "@jest/globals";
import { type ClientOptions, rawClient } from "./client.ts";
import type { TestGateway } from "./gateway.ts";

type Headers = Readonly<Record<string, string | string[]>>;

/** One line. `request` is the method and the target, byte for byte. */
export interface Line {
  readonly when: string;
  readonly as?: ClientOptions | (() => ClientOptions);
  readonly request: string;
  readonly headers?: Headers | (() => Headers);
  readonly body?: string;
  readonly status: number;
  /** The expected code of the error. */
  readonly code?: string;
  /** Text that the error's message or the body must contain. */
  readonly says?: string | RegExp;
  /** The challenge after its realm and service; empty for no further parameters. */
  readonly challenge?: string;
  /** Headers of the reply; undefined for those that must be missing. */
  readonly answers?: Readonly<Record<string, string | RegExp | undefined>>;
  /** The JSON body, in part. */
  readonly json?: object;
}

function expectChallenge(world: TestGateway, header: unknown, rest: string): void {
  const host = new URL(world.http).host;
  expect(header).toBe(`Bearer realm="http://${host}/v2/token",service="${host}"${rest && `,${rest}`}`);
}

/** Makes a test of each line. */
export function testLines(world: () => TestGateway, lines: readonly Line[]): void {
  test.each(
    lines.map(
      (line) =>
        [`${line.when}: ${line.request.slice(0, 100)} is ${line.status} ${line.code ?? ""}`, line] as const,
    ),
  )("%s", async (_, line) => {
    const [method = "", ...target] = line.request.split(" ");
    const as = typeof line.as === "function" ? line.as() : line.as;
    const headers = typeof line.headers === "function" ? line.headers() : line.headers;
    const send = rawClient(world(), as);
    const answer = await send({
      method,
      path: target.join(" "),
      ...(headers === undefined ? {} : { headers }),
      ...(line.body === undefined ? {} : { body: line.body }),
    });
    const { status, text } = answer;
    expect({ status, ...(status === line.status ? {} : { text }) }).toEqual({ status: line.status });
    if (line.code !== undefined) expect(JSON.parse(text).errors[0].code).toBe(line.code);
    if (line.says !== undefined) expect(text).toMatch(line.says);
    if (line.json !== undefined) expect(JSON.parse(text)).toMatchObject(line.json);
    if (line.challenge !== undefined)
      expectChallenge(world(), answer.headers["www-authenticate"], line.challenge);
    for (const [name, value] of Object.entries(line.answers ?? {})) {
      if (value === undefined) expect(answer.headers).not.toHaveProperty([name]);
      else expect(answer.headers[name]).toMatch(value);
    }
  });
}
