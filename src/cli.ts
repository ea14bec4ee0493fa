#!/usr/bin/env node
/** The program: runs a command of `commands/table.ts`. */
import { dispatch } from "./commands/dispatch.ts";
import { errorText } from "./model/error-text.ts";
import { StartupError } from "./model/startup-error.ts";

/** Prints a line. A reader that has gone, such as `head`, ends the command. */
function print(text: string): void {
  if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", () => process.exit(1));
  process.stdout.write(`${text}\n`);
}

/** Returns the message of an error for the operator, or the stack of any other. */
const textOf = (error: unknown): string =>
  error instanceof Error && !(error instanceof StartupError) ? String(error.stack) : errorText(error);

/** Without a listener for SIGUSR1, Node.js would open its debugger to every account of the machine. */
process.on("SIGUSR1", () => undefined);

try {
  const terminal = { print, isInteractive: process.stdin.isTTY, environment: process.env };
  process.exitCode = await dispatch(process.argv.slice(2), terminal);
} catch (error) {
  process.stderr.write(`${textOf(error)}\n`);
  process.exitCode = 1;
}
// Connections to unresponsive servers may still be open, and would keep the process alive.
process.exit();
