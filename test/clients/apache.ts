/** A real Apache httpd with the configuration of a test, in its own folder. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { must, startDaemon } from "./command.ts";
import { programPath } from "./program.ts";

/** A running Apache. */
export interface Apache {
  /** Its error log. */
  readonly folder: string;
  /** Takes another configuration, without refusing a request. */
  reload(configuration: string): Promise<void>;
  stop(): Promise<void>;
}

const MODULES = "/usr/lib/apache2/modules";
/** Modules that the fragments need, and those that every httpd needs. */
const LOADED = [
  ...["mpm_event", "authn_core", "authz_core", "headers", "proxy", "proxy_http", "rewrite"],
  ...["socache_shmcb", "ssl"],
] as const;

const frame = (folder: string): string =>
  [
    `ServerRoot ${folder}`,
    `DefaultRuntimeDir ${folder}`,
    `PidFile ${folder}/httpd.pid`,
    "ServerName localhost",
    "User www-data",
    "Group www-data",
    `ErrorLog ${folder}/error.log`,
    ...LOADED.map((module) => `LoadModule ${module}_module ${MODULES}/mod_${module}.so`),
    `SSLSessionCache shmcb:${folder}/ssl_scache(512000)`,
    "",
  ].join("\n");

/** True if a process listens on this local port. */
export const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.end(() => resolve(true)));
    socket.on("error", () => resolve(false));
  });

/**
 * Checks a configuration and starts an Apache with it. `APACHE_LOG_DIR` is its folder.
 * @throws Error with Apache's output
 */
export async function startApache(configuration: string, port: number): Promise<Apache> {
  const folder = mkdtempSync("/tmp/cgw-a-");
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, "logs"));
  const file = join(folder, "httpd.conf");
  writeFileSync(file, frame(folder) + configuration);
  const env = { APACHE_LOG_DIR: join(folder, "logs") };
  const apache = programPath("apache2");
  try {
    await must(apache, ["-t", "-f", file], { env });
    const daemon = await startDaemon(apache, ["-f", file, "-D", "FOREGROUND"], () => listens(port), { env });
    return {
      folder,
      reload: async (changed) => {
        writeFileSync(file, frame(folder) + changed);
        await must(apache, ["-f", file, "-k", "graceful"], { env });
      },
      stop: async () => {
        await daemon.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
