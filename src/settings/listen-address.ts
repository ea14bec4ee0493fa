/**
 * Where to listen: at addresses of one's own, or at sockets that systemd has opened and hands over, so that they outlive
 * the gateway: sd_listen_fds(3).
 */

import { StartError } from "../model/startup-error.ts";

/** One address to listen on. */
export type Listen =
  | { readonly transport: "http" | "https"; readonly host: string; readonly port: number }
  | { readonly transport: "unix"; readonly path: string }
  /** The next of the sockets that systemd hands over. */
  | { readonly transport: "http" | "https" | "unix"; readonly systemd: true };

/** The first descriptor that is handed over; the others follow it. */
const FIRST = 3;

/** Whether an address is a socket that is handed over. */
const isInherited = (where: Listen): boolean => "systemd" in where;

/** The descriptor of each address that is handed over, in their order. */
export function descriptorsOf(listen: readonly Listen[]): ReadonlyMap<Listen, number> {
  return new Map(listen.filter(isInherited).map((where, index) => [where, FIRST + index]));
}

/** @throws StartError if this process was not given as many sockets as the settings name */
export function checkInherited(
  listen: readonly Listen[],
  { LISTEN_PID, LISTEN_FDS }: Readonly<Record<string, string | undefined>>,
): void {
  const wanted = listen.filter(isInherited).length;
  const given = LISTEN_PID === String(process.pid) ? Number(LISTEN_FDS) : 0;
  if (wanted > 0 && given !== wanted)
    throw new StartError(
      `the setting listen names ${wanted} sockets of systemd, which has handed over ${given}`,
    );
}
