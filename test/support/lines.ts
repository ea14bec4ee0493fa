/** Contract lines: a request and the reply that the contract promises, each a test of its own. */
import { expect, test } from "@jest/globals";
import { type ClientOptions, caller, rawClient } from "./client.ts";
import type { TestGateway } from "./gateway.ts";
import type { Call, RequestHeaders } from "./operations.ts";
import type { WireReply } from "./reply-check.ts";

/** A request that the client of the package can't send. `request` is the method and the target, byte for byte. */
interface RawCall {
  readonly request: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
}

/** Makes a raw request of a line. */
export const raw = (request: string, body?: string, headers: RawCall["headers"] = {}): RawCall => ({
  request,
  headers,
  ...(body === undefined ? {} : { body }),
});

/** One line: a call of the contract, or a raw request. */
export interface Line {
  readonly when: string;
  readonly as?: ClientOptions | (() => ClientOptions);
  readonly call: Call | RawCall;
  readonly headers?: RequestHeaders | (() => RequestHeaders);
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

function send(
  world: TestGateway,
  as: ClientOptions | undefined,
  call: Call | RawCall,
  headers: RequestHeaders,
): Promise<WireReply> {
  if (typeof call === "function") return caller(world, as)(call, headers);
  const [method = "", ...target] = call.request.split(" ");
  const { body } = call;
  return rawClient(
    world,
    as,
  )({
    method,
    path: target.join(" "),
    headers: { ...headers, ...call.headers },
    ...(body === undefined ? {} : { body }),
  });
}

/** Makes a test of each line. */
export function testLines(world: () => TestGateway, lines: readonly Line[]): void {
  test.each(
    lines.map(
      (line) =>
        [
          `${line.when}${typeof line.call === "function" ? "" : `: ${line.call.request.slice(0, 100)}`} is ${line.status} ${line.code ?? ""}`,
          line,
        ] as const,
    ),
  )("%s", async (_, line) => {
    const as = typeof line.as === "function" ? line.as() : line.as;
    const headers = typeof line.headers === "function" ? line.headers() : line.headers;
    const answer = await send(world(), as, line.call, headers ?? {});
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
