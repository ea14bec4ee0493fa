/** Runs `container-gateway contract check`. */
import { problemText } from "../../contract/place.ts";
import { checkRecording } from "../../contract/recording/check-recording.ts";
import { readRecording } from "../../contract/recording/recording.ts";
import { UsageError } from "../arguments.ts";
import type { Terminal } from "../command.ts";
import { EXIT_CODE } from "./files.ts";

/** Checks a recording, and prints each broken rule. */
export async function runCheck(recording: string | undefined, terminal: Terminal): Promise<number> {
  if (recording === undefined) throw new UsageError("RECORDING is missing");
  let [exchanges, broken] = [0, 0];
  for await (const { method, target, status, request, reply } of checkRecording(readRecording(recording))) {
    exchanges += 1;
    if (request.length + reply.length > 0) broken += 1;
    for (const problem of request) terminal.print(`${method} ${target}: ${problemText(problem)}`);
    for (const problem of reply)
      terminal.print(`${method} ${target} -> ${status ?? "no reply"}: ${problemText(problem)}`);
  }
  terminal.print(`${exchanges} requests, ${broken} of them break the contract`);
  return broken > 0 ? EXIT_CODE.broken : 0;
}
