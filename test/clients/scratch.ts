/** A registry to push to. */
import { freePorts } from "../pulp/ports.ts";
import { listens } from "./apache.ts";
import { type Daemon, startDaemon } from "./command.ts";
import type { Home } from "./home.ts";
import { programPath } from "./program.ts";

/** A registry in memory, without TLS, that accepts every image push. */
export async function startScratch(home: Home): Promise<Daemon & { readonly host: string }> {
  const port = await freePorts(1);
  const args = ["registry", "serve", "--address", `127.0.0.1:${port}`];
  const daemon = await startDaemon(programPath("crane"), args, () => listens(port), { env: home.env });
  return { ...daemon, host: `127.0.0.1:${port}` };
}
