/**
 * States for systemd (sd_notify(3)): `ready`, `stopping`. Node.js has no datagram sockets of the unix domain, so systemd's own
 * program sends them. Without NOTIFY_SOCKET, as in a terminal, nothing is sent.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Report } from "../resilience/circuit-breaker.ts";

const execute = promisify(execFile);
/** Time after which the gateway no longer waits for systemd. */
const NOTIFY_TIMEOUT_MS = 5_000;

/** State of the service. */
export type ServiceState = "ready" | "stopping";

const ARGUMENTS: Readonly<Record<ServiceState, readonly string[]>> = {
  ready: ["--ready", "--status=serving"],
  stopping: ["STOPPING=1", "STATUS=finishing the requests in flight"],
};

/**
 * Tells systemd the state of the service that this process is the main process of.
 * @param report called if that fails, which ends nothing: systemd then waits for its own timeout
 */
export async function notifyServiceManager(
  state: ServiceState,
  environment: Readonly<Record<string, string | undefined>>,
  report: Report,
): Promise<void> {
  if (environment.NOTIFY_SOCKET === undefined) return;
  const options = { env: environment, timeout: NOTIFY_TIMEOUT_MS };
  await execute("systemd-notify", [`--pid=${process.pid}`, ...ARGUMENTS[state]], options).catch(
    (error: unknown) => report(`systemd was not told that the service is ${state}`, error),
  );
}
