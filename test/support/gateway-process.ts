/** The gateway as a process of its own, as in production. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { loadSettings } from "../../src/settings/load.ts";
import { eventually } from "./eventually.ts";
import { childrenOf } from "./processes.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Options of the process. */
export interface ProcessOptions {
  /** The settings file. */
  readonly config: string;
  /** A module that is preloaded. */
  readonly first?: string;
  /** Variables that are added to the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /** Timeout of its startup in seconds; default 60. */
  readonly patience?: number;
  /** Waits until its database is ready, not for the change feed. */
  readonly deaf?: boolean;
}

/** A process that listens. */
export interface GatewayProcess {
  readonly child: ChildProcess;
  /** Process ids of its workers, which serve the requests. */
  workers(): readonly number[];
  /** Its addresses, in the order of the settings. */
  readonly addresses: readonly string[];
  /** Its log. */
  said(): string;
  /** The file of its log. */
  readonly logFile: string;
  /** Kills it and its workers. */
  kill(): Promise<void>;
  /** Stops it with SIGTERM. @throws Error with the end of the log if it does not stop */
  stop(): Promise<void>;
}

/** Time for which a gateway may drain, and some more. */
const STOP_TIMEOUT_MS = 60_000;

/** @throws Error with the log if the process exits before it listens */
export async function startGatewayProcess(options: ProcessOptions): Promise<GatewayProcess> {
  const program = path("../../dist/cli.js");
  const first = options.first === undefined ? [] : ["--import", options.first];
  // Into a file, because a reader would use CPU time.
  const log = `${options.config}.${randomUUID()}.log`;
  const out = openSync(log, "a");
  const child = spawn(process.execPath, [...first, program, "serve", "--config", options.config], {
    stdio: ["ignore", out, out, "ipc"],
    env: { ...process.env, ...options.env },
  });
  closeSync(out);
  child.channel?.unref();
  const said = () => readFileSync(log, "utf8");
  const ended = once(child, "exit");
  const addresses = () =>
    [...said().matchAll(/"url":"([^"]+)","msg":"listening"/g)].map(([, url]) => url ?? "");
  const milestone = options.deaf === true ? "database ready" : "change feed connected";
  const { workers } = loadSettings(options.config, { ...process.env, ...options.env });
  await eventually(
    "every worker serves",
    () => {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`the gateway ended: ${said()}`);
      return said().split(milestone).length > workers;
    },
    options.patience ?? 60,
  );
  return {
    child,
    workers: () => childrenOf(child.pid ?? 0),
    addresses: addresses(),
    said,
    logFile: log,
    kill: async () => {
      for (const pid of [child.pid ?? 0, ...childrenOf(child.pid ?? 0)]) process.kill(pid, "SIGKILL");
      await ended;
    },
    stop: async () => {
      child.kill("SIGTERM");
      const isTooLate = await Promise.race([
        ended.then(() => false),
        sleep(STOP_TIMEOUT_MS, true, { ref: false }),
      ]);
      if (!isTooLate) return;
      child.kill("SIGKILL");
      throw new Error(`the gateway did not stop: ${said().slice(-4_000)}`);
    },
  };
}
