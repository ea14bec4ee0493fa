/** Sockets that systemd opens and passes on, so that they outlive the gateway: sd_listen_fds(3). */
import { StartupError } from "../model/startup-error.ts";
import type { Listen } from "../settings/listen-address.ts";

/** The first descriptor that is handed over; the others follow it. */
const FIRST_DESCRIPTOR = 3;

/** Whether an address is a socket that is handed over. */
const isInherited = (where: Listen): boolean => "systemd" in where;

/** The descriptor of each address that is handed over, in their order. */
export function descriptorsOf(listen: readonly Listen[]): ReadonlyMap<Listen, number> {
  return new Map(listen.filter(isInherited).map((where, index) => [where, FIRST_DESCRIPTOR + index]));
}

/** @throws StartupError if this process was not given as many sockets as the settings name */
export function checkInherited(
  listen: readonly Listen[],
  { LISTEN_PID, LISTEN_FDS }: Readonly<Record<string, string | undefined>>,
): void {
  const wanted = listen.filter(isInherited).length;
  const given = LISTEN_PID === String(process.pid) ? Number(LISTEN_FDS) : 0;
  if (wanted > 0 && given !== wanted)
    throw new StartupError(
      `the setting listen names ${wanted} sockets of systemd, which has handed over ${given}`,
    );
}
