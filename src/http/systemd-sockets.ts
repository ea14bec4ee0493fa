/** Sockets that systemd opens and passes to the gateway, so that they outlive it: sd_listen_fds(3). */
import { StartupError } from "../model/startup-error.ts";
import type { Settings } from "../settings/keys.ts";
import type { Listen } from "../settings/listen-address.ts";

/** First descriptor that systemd passes; the others follow it. */
const FIRST_DESCRIPTOR = 3;

/** True for a socket that systemd passes. */
const isInherited = (where: Listen): boolean => "systemd" in where;

/** Settings of the addresses that may be systemd sockets. */
type SocketSettings = Pick<Settings, "listen" | "smart_proxy_url" | "facade_listen">;

/** Addresses in the order in which systemd passes its sockets: that of the façade comes last. */
export const addressesOf = ({ listen, smart_proxy_url, facade_listen }: SocketSettings): readonly Listen[] =>
  smart_proxy_url === undefined ? listen : [...listen, facade_listen];

/** Maps each systemd socket among the addresses to its descriptor, in order. */
export function descriptorsOf(listen: readonly Listen[]): ReadonlyMap<Listen, number> {
  return new Map(listen.filter(isInherited).map((where, index) => [where, FIRST_DESCRIPTOR + index]));
}

/** @throws StartupError if systemd did not pass as many sockets as the settings name */
export function checkInherited(
  addresses: readonly Listen[],
  { LISTEN_PID, LISTEN_FDS }: Readonly<Record<string, string | undefined>>,
): void {
  const expected = addresses.filter(isInherited).length;
  const received = LISTEN_PID === String(process.pid) ? Number(LISTEN_FDS) : 0;
  if (expected > 0 && received !== expected)
    throw new StartupError(
      `the settings listen and facade_listen name ${expected} systemd sockets, but systemd passed ${received}`,
    );
}
