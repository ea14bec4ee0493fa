/** A machine that foremanctl has set up: the Smart Proxy in a container, its settings in secrets of podman. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { plainConnectionString } from "../settings/connection-string.ts";
import { type PluginFiles, type PluginValue, parsePluginFile } from "./plugin-files.ts";
import { PodmanSecrets } from "./podman-secrets.ts";

/** Names of the secrets. */
const SECRETS = {
  smartProxy: "foreman-proxy-settings-yml",
  plugin: "foreman-proxy-container_gateway-yml",
  superuserPassword: "postgresql-admin-password",
} as const;

/** Name of the secret with the plugin's settings. */
export const PLUGIN_SECRET = SECRETS.plugin;

/** Advice for secrets that are not there. */
const FILES = "name files with --smart-proxy-settings and --plugin-settings";
const DATABASE = "name PostgreSQL's superuser with --postgres, or an empty database with --database";

/** Files in the folder of certificates, by the settings of the Smart Proxy, which name paths in its container. */
const CERTIFICATES = {
  ssl_ca_file: () => "certs/ca.crt",
  ssl_certificate: (host: string) => `certs/${host}.crt`,
  ssl_private_key: (host: string) => `private/${host}.key`,
  foreman_ssl_ca: () => "certs/server-ca.crt",
  foreman_ssl_cert: (host: string) => `certs/${host}-client.crt`,
  foreman_ssl_key: (host: string) => `private/${host}-client.key`,
} as const;

/** Paths and programs of the machine. */
export interface ForemanctlPaths {
  /** Folder of the quadlets. */
  readonly quadlets: string;
  readonly certificates: string;
  /** The program podman. */
  readonly podman: string;
}

/** The parts of foremanctl's layout that an adoption needs. */
export class Foremanctl {
  readonly #paths: ForemanctlPaths;
  readonly #secrets: PodmanSecrets;

  constructor(paths: ForemanctlPaths) {
    this.#paths = paths;
    this.#secrets = new PodmanSecrets(paths.podman);
  }

  /** True for a machine with a quadlet of the Smart Proxy. */
  static isAt({ quadlets }: Pick<ForemanctlPaths, "quadlets">): boolean {
    return existsSync(join(quadlets, "foreman-proxy.container"));
  }

  /**
   * Reads the settings of the Smart Proxy and the plugin, with the certificates of this machine.
   * @throws StartupError if a secret can't be read
   */
  read(hostName: string): PluginFiles {
    const read = (name: string) => parsePluginFile(`secret ${name}`, this.#secrets.read(name, FILES));
    const smartProxy = new Map(read(SECRETS.smartProxy));
    for (const [key, fileOf] of Object.entries(CERTIFICATES)) {
      const found = smartProxy.get(key);
      if (found !== undefined) smartProxy.set(key, this.#certificate(found, fileOf(hostName)));
    }
    return { smartProxy, plugin: read(SECRETS.plugin) };
  }

  /**
   * Connection string of PostgreSQL's superuser, on the server of the plugin's database.
   * @throws StartupError if there is no secret with the password, as with a database elsewhere
   */
  superuser(plugin: PluginFiles["plugin"]): string {
    const url = new URL(
      plainConnectionString(String(plugin.get("db_connection_string")?.value ?? "postgresql://localhost")),
    );
    const password = this.#secrets.read(SECRETS.superuserPassword, DATABASE).trim();
    url.username = "";
    url.password = "";
    // As parameters, because a URL of a unix socket has no place for them.
    for (const [name, value] of Object.entries({ user: "postgres", password }))
      url.searchParams.set(name, value);
    url.pathname = "/postgres";
    return url.href;
  }

  /** Command that runs pg_dump in the container of PostgreSQL, with the password in the environment. */
  get dump(): readonly string[] {
    return [this.#paths.podman, "exec", "--interactive", "--env", "PGPASSWORD", "postgresql", "pg_dump"];
  }

  #certificate({ value, place }: PluginValue, file: string): PluginValue {
    return {
      value: join(this.#paths.certificates, file),
      place: `${place}, which foremanctl mounts at ${value}`,
    };
  }
}
