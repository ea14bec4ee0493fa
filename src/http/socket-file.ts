/** The file of a unix socket. */
import { lstat, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { StartError } from "../model/startup-error.ts";

/**
 * A socket file that nobody answers is left over from a crash, and is taken away.
 * @throws StartError if somebody answers, or if something else than a socket is there
 */
export async function removeDeadSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw new StartError(`${path} is no socket: see the setting listen`);
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect(path, () => resolve(true)).on("error", () => resolve(false));
    probe.on("connect", () => probe.destroy());
  });
  if (alive) throw new StartError(`another process listens on ${path}: see the setting listen`);
  await unlink(path).catch(() => undefined);
}
