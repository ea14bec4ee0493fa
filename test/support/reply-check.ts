/** Validates every reply against the contract, status, headers and body, and stores it to be searched for secrets. */
import { problemText } from "../../src/contract/place.ts";
import { replyProblems, type WireReply } from "../../src/contract/reply-check.ts";
import { openReplyValidators } from "../../src/http/contract.ts";
import { keepReply } from "./secrets.ts";

export type { WireReply } from "../../src/contract/reply-check.ts";

const validators = await openReplyValidators();

/** @throws Error that names the violation of the contract */
export function checkReply(method: string, target: string, reply: WireReply): void {
  keepReply(target, reply);
  const [problem] = replyProblems(validators, method, target, reply);
  if (problem !== undefined)
    throw new Error(`${method} ${target} -> ${reply.status}: ${problemText(problem)}`);
}
