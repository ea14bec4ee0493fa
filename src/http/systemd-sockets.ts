/** Sockets that systemd opens and passes to the gateway, so that they outlive it: sd_listen_fds(3). */
import { StartupError } from "../model/startup-error.ts";
import type { Listen } from "../settings/listen-address.ts";

/** First descriptor that systemd passes; the others follow it. */
const FIRST_DESCRIPTOR = 3;

/** True for a socket that systemd passes. */
const isInherited = (where: Listen): boolean => "systemd" in where;

/** Maps each systemd socket of the setting `listen` to its descriptor, in order. */
export function descriptorsOf(listen: readonly Listen[]): ReadonlyMap<Listen, number> {
  return new Map(listen.filter(isInherited).map((where, index) => [where, FIRST_DESCRIPTOR + index]));
}

/** @throws StartupError if systemd did not pass as many sockets as the setting `listen` names */
export function checkInherited(
  listen: readonly Listen[],
  { LISTEN_PID, LISTEN_FDS }: Readonly<Record<string, string | undefined>>,
): void {
  const expected = listen.filter(isInherited).length;
  const received = LISTEN_PID === String(process.pid) ? Number(LISTEN_FDS) : 0;
  if (expected > 0 && received !== expected)
    throw new StartupError(
      `the setting listen names ${expected} systemd sockets, but systemd passed ${received}`,
    );
}
