/** crane, oras, regctl, and a registry to push to. */

import { freePorts } from "../pulp/ports.ts";
import { listens } from "./apache.ts";
import { type Daemon, run, startDaemon } from "./command.ts";
import type { Home } from "./home.ts";
import { type GoProgram, programPath } from "./program.ts";
import type { Client } from "./rows.ts";

/** A client that Debian has not. */
export const goClient =
  (name: GoProgram) =>
  (home: Home): Client =>
  (args, input) =>
    run(programPath(name), args, {
      env: home.env,
      cwd: home.folder,
      ...(input === undefined ? {} : { input }),
    });

/** A registry in memory, without TLS, where anything may be pushed. */
export async function startScratch(home: Home): Promise<Daemon & { readonly host: string }> {
  const port = await freePorts(1);
  const args = ["registry", "serve", "--address", `127.0.0.1:${port}`];
  const daemon = await startDaemon(programPath("crane"), args, () => listens(port), { env: home.env });
  return { ...daemon, host: `127.0.0.1:${port}` };
}
