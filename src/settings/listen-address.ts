/** Addresses to listen on. */

/** One address to listen on. */
export type Listen =
  | { readonly transport: "http" | "https"; readonly host: string; readonly port: number }
  | { readonly transport: "unix"; readonly path: string }
  /** The next of the sockets that systemd hands over. */
  | { readonly transport: "http" | "https" | "unix"; readonly systemd: true };
