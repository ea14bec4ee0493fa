/** Debian's docker-registry as a pull-through cache in front of the gateway. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "../pulp/ports.ts";
import { listens } from "./apache.ts";
import { type Daemon, startDaemon } from "./command.ts";
import type { Home } from "./home.ts";
import { programPath } from "./program.ts";

const configuration = (port: number, folder: string, upstream: string): string => `version: 0.1
storage:
  filesystem:
    rootdirectory: ${folder}
http:
  addr: 127.0.0.1:${port}
proxy:
  remoteurl: ${upstream}
  username: alice
  password: secret
`;

/** Starts a cache that logs in at the gateway as alice. @param upstream the URL of the gateway in its configuration */
export async function startPullThrough(
  home: Home,
  upstream: string,
): Promise<Daemon & { readonly host: string }> {
  const port = await freePorts(1);
  const folder = join(home.folder, `data/cache-${port}`);
  mkdirSync(folder);
  const file = join(home.folder, `cache-${port}.yml`);
  writeFileSync(file, configuration(port, folder, upstream));
  // No other variable of the home's environment: REGISTRY_AUTH_FILE would be a setting of the registry.
  const env = { SSL_CERT_FILE: home.env.SSL_CERT_FILE ?? "" };
  const daemon = await startDaemon(programPath("docker-registry"), ["serve", file], () => listens(port), {
    env,
  });
  return { ...daemon, host: `127.0.0.1:${port}` };
}
