/** The gateway as its own process, the way it is run. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { eventually } from "./eventually.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** How it is started. */
export interface ProcessOptions {
  /** The settings file. */
  readonly config: string;
  /** A module that the process loads first. */
  readonly first?: string;
  /** Beside the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /** How long it may take to start, in seconds; default 60. */
  readonly patience?: number;
  /** That its database is ready is enough, it need not hear of changes. */
  readonly deaf?: boolean;
}

/** A process that listens. */
export interface GatewayProcess {
  readonly child: ChildProcess;
  /** Where it listens, in the order of the settings. */
  readonly addresses: readonly string[];
  /** All that it has logged. */
  said(): string;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Ends it well. */
  stop(): Promise<void>;
}

/** @throws Error with what the process said if it ends before it listens */
export async function startGatewayProcess(options: ProcessOptions): Promise<GatewayProcess> {
  const program = path("../../dist/cli.js");
  const first = options.first === undefined ? [] : ["--import", options.first];
  // Into a file: whoever reads along takes a part of the machine.
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
  await eventually(
    "the gateway listens",
    () => {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`the gateway ended: ${said()}`);
      return said().includes(options.deaf === true ? "database ready" : "change feed connected");
    },
    options.patience ?? 60,
  );
  return {
    child,
    addresses: addresses(),
    said,
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
