/** Attempts to reach an upstream: a connection first, then requests. */
import type { ProbeReply } from "../upstreams/reply.ts";
import type { UpstreamTls } from "../upstreams/upstream-options.ts";
import { connectionProblem, type System } from "./connections.ts";
import type { Result } from "./finding.ts";
import { requestProblem } from "./requests.ts";
import { addressOf, connectTo } from "./transport.ts";

/** Runs a request; a failed one becomes a finding. */
export async function attempt(
  system: System,
  request: () => Promise<ProbeReply>,
  judge: (reply: ProbeReply) => Result[],
): Promise<Result[]> {
  try {
    return judge(await request());
  } catch (cause) {
    return [requestProblem(system, cause)];
  }
}

/** Connects to an upstream; if that works, runs `more`. */
export async function reach(
  system: System,
  tls: UpstreamTls,
  timeoutMs: number,
  more: () => Promise<Result[]>,
): Promise<Result[]> {
  const given = Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
  const options = { ...addressOf(system.url), ...given };
  const connection = await connectTo({ url: system.url, options, timeoutMs });
  return connection.state === "connected" ? more() : [connectionProblem(system, connection)];
}
