/** The commands, each in its own process. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** A command that runs or has exited. */
export interface Command {
  readonly child: ChildProcess;
  /** Its exit code; null if a signal ended it. */
  readonly ended: Promise<unknown>;
  /** Its output on both streams. */
  said(): string;
}

/** Starts a command from the build; an object among its arguments sets variables of its environment. */
export function startCommand(...args: (string | Readonly<Record<string, string>>)[]): Command {
  const words = args.filter((one) => typeof one === "string");
  const env = Object.assign({}, process.env, ...args.filter((one) => typeof one !== "string"));
  const child = spawn(process.execPath, [CLI, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env,
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  const ended = once(child, "close").then(([code]: unknown[]) => code);
  return { child, ended, said: () => said };
}
