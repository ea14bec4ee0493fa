/** What the settings say of the listeners. */
import type { Proxies } from "../connection/trusted-proxies.ts";
import type { Settings } from "../settings/keys.ts";
import type { ServerBounds, ServerTls } from "./server.ts";

/** The certificates of the https listeners; undefined where no https is to be spoken. */
export function tlsOf({
  ssl_certificate,
  ssl_private_key,
  ssl_ca_file,
  rhsm_ca_file,
}: Settings): ServerTls | undefined {
  if (ssl_certificate === undefined || ssl_private_key === undefined) return undefined;
  const ca = [ssl_ca_file, rhsm_ca_file].flatMap((file) => file?.text ?? []);
  return { cert: ssl_certificate.text, key: ssl_private_key.text, ca };
}

/** What a client may take. */
export const boundsOf = (settings: Settings, proxies: Proxies, onAccept: () => void): ServerBounds => ({
  connections: {
    most: settings.max_connections,
    mostPerAddress: settings.max_connections_per_address,
    exempt: (peer) => proxies.include(peer),
    onAccept,
  },
  headerBytes: settings.max_header_bytes,
  headerTimeout: settings.header_timeout,
  requestTimeout: settings.request_timeout,
  idleTimeout: settings.idle_timeout,
  stallTimeout: settings.stall_timeout,
  backlog: settings.listen_backlog,
});
