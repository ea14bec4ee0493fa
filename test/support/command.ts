/** The commands, each in a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** A command that runs, or has ended. */
export interface Command {
  readonly child: ChildProcess;
  /** Its exit code; null if a signal ended it. */
  readonly ended: Promise<unknown>;
  /** All that it has written to both outputs. */
  said(): string;
}

/** Starts a command as it was built before the tests; an object among its arguments is of variables of its environment. */
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
