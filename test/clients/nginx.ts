/** A real nginx with the configuration of a test, in its own folder. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listens } from "./apache.ts";
import { must, startDaemon } from "./command.ts";
import { programPath } from "./program.ts";

/** A running nginx. */
export interface Nginx {
  /** Its master and workers. */
  pids(): readonly number[];
  stop(): Promise<void>;
}

const frame = (folder: string, http: string): string =>
  [
    "daemon off;",
    `pid ${folder}/nginx.pid;`,
    `error_log ${folder}/error.log;`,
    "events {}",
    "http {",
    "access_log off;",
    ...["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (kind) => `${kind}_temp_path ${folder}/${kind};`,
    ),
    http,
    "}",
  ].join("\n");

/**
 * Checks a configuration and starts an nginx with it.
 * @throws Error with nginx's output
 */
export async function startNginx(configuration: string, port: number): Promise<Nginx> {
  const folder = mkdtempSync("/tmp/cgw-n-");
  chmodSync(folder, 0o755);
  const file = join(folder, "nginx.conf");
  writeFileSync(file, frame(folder, configuration));
  const args = ["-p", folder, "-e", join(folder, "error.log"), "-c", file];
  try {
    await must(programPath("nginx"), ["-t", ...args]);
    const daemon = await startDaemon(programPath("nginx"), args, () => listens(port));
    return {
      pids: () => {
        const children = `/proc/${daemon.pid}/task/${daemon.pid}/children`;
        return [daemon.pid, ...readFileSync(children, "utf8").trim().split(" ").map(Number)];
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
