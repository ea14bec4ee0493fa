/** Holds a recording to the contract. */
import { openChecks, openReplyValidators } from "../../http/contract.ts";
import type { Problem } from "../place.ts";
import { replyProblems } from "../reply-check.ts";
import { requestProblems } from "../request-check.ts";
import type { RecordedExchange } from "./exchange.ts";

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

const chunksOf = (body: string | undefined) => (body === undefined ? undefined : bytesOf(body));

/** Problems of one exchange. */
export interface CheckedExchange {
  readonly method: string;
  readonly target: string;
  readonly status: number | undefined;
  readonly request: readonly Problem[];
  readonly reply: readonly Problem[];
}

/** Checks each exchange, in the order of the recording. */
export async function* checkRecording(
  exchanges: readonly RecordedExchange[],
): AsyncGenerator<CheckedExchange> {
  const checks = await openChecks();
  const validators = await openReplyValidators();
  for (const { method, url, headers, body, reply } of exchanges) {
    const { pathname, search } = new URL(url, "http://localhost");
    const target = pathname + search;
    yield {
      method,
      target,
      status: reply?.status,
      request: await requestProblems(checks, { method, target, headers, body: chunksOf(body) }),
      reply:
        reply === undefined
          ? [{ text: "there is no reply", place: undefined }]
          : replyProblems(validators, method, target, reply),
    };
  }
}
