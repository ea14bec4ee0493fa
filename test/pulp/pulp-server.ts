/** The real Pulp of a test run: that of PULP_URL, or one that `up.sh` starts and that is stopped with the run. */
import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePorts } from "./ports.ts";

const execute = promisify(execFile);
const SCRIPT = fileURLToPath(new URL("up.sh", import.meta.url));

/** Sets PULP_URL and PULP_CERTS. @throws Error with the output of `up.sh` */
export async function startRealPulp(): Promise<() => Promise<void>> {
  if (process.env.PULP_URL !== undefined) return async () => undefined;
  const folder = mkdtempSync("/tmp/cgw-pulp-");
  chmodSync(folder, 0o755);
  const first = await freePorts(6);
  const env = {
    ...process.env,
    HTTPS_PORT: String(first), // and the two after it
    API_PORT: String(first + 3),
    CONTENT_PORT: String(first + 4),
    PG_PORT: String(first + 5),
  };
  const down = () => execute("bash", [SCRIPT, folder, "down"], { env });
  process.stdout.write("Starting a real Pulp, which takes up to two minutes the first time.\n");
  try {
    const running = execute("bash", [SCRIPT, folder], { env, maxBuffer: 16 * 1024 * 1024 });
    const { stdout } = await running.catch((cause: { stdout: string; stderr: string }) => {
      throw new Error(`up.sh failed:\n${cause.stdout}${cause.stderr}`, { cause });
    });
    const [, url, certificates] = /^.*ready: PULP_URL=(\S+) PULP_CERTS=(\S+)$/m.exec(stdout) ?? [];
    if (url === undefined || certificates === undefined) throw new Error(stdout);
    process.env.PULP_URL = url;
    process.env.PULP_CERTS = certificates;
    return async () => {
      await down();
      rmSync(folder, { recursive: true, force: true });
    };
  } catch (error) {
    // The folder is kept for its log.
    await down();
    throw error;
  }
}
