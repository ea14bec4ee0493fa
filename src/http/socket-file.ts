/** Files of unix sockets. */
import { lstat, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { StartupError } from "../model/startup-error.ts";

/**
 * Removes a socket file that no process listens on, left over from a crash.
 * @throws StartupError if a process listens on it, or if the file is no socket
 */
export async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw new StartupError(`${path} is not a socket: see the setting listen`);
  const isListening = await new Promise<boolean>((resolve) => {
    const probe = connect(path, () => resolve(true)).on("error", () => resolve(false));
    probe.on("connect", () => probe.destroy());
  });
  if (isListening) throw new StartupError(`another process listens on ${path}: see the setting listen`);
  await unlink(path).catch(() => undefined);
}
