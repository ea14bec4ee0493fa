/** Addresses of the setting `listen`. */

/** Address to listen on. */
export type Listen =
  | { readonly transport: "http" | "https"; readonly host: string; readonly port: number }
  | { readonly transport: "unix"; readonly path: string }
  /** Next socket that systemd passes. */
  | { readonly transport: "http" | "https" | "unix"; readonly systemd: true };

/** Formats an address as in the settings. */
export function listenText(where: Listen): string {
  if ("path" in where) return `unix:${where.path}`;
  if ("systemd" in where) return `systemd:${where.transport}`;
  const host = where.host.includes(":") ? `[${where.host}]` : where.host;
  return `${where.transport}://${host}:${where.port}`;
}
