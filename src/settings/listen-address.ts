/** Addresses of the setting `listen`. */

/** Address to listen on. */
export type Listen =
  | { readonly transport: "http" | "https"; readonly host: string; readonly port: number }
  | { readonly transport: "unix"; readonly path: string }
  /** Next socket that systemd passes. */
  | { readonly transport: "http" | "https" | "unix"; readonly systemd: true };
