/** The file of a unix socket. */
import { lstat, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { StartupError } from "../model/startup-error.ts";

/**
 * A socket file that nobody answers is left over from a crash, and is taken away.
 * @throws StartupError if somebody answers, or if something else than a socket is there
 */
export async function removeDeadSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw new StartupError(`${path} is no socket: see the setting listen`);
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect(path, () => resolve(true)).on("error", () => resolve(false));
    probe.on("connect", () => probe.destroy());
  });
  if (alive) throw new StartupError(`another process listens on ${path}: see the setting listen`);
  await unlink(path).catch(() => undefined);
}
