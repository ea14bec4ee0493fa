/** Python's registry clients, installed from PyPI at the versions of requirements.txt. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Client } from "./client.ts";
import { must, run } from "./command.ts";
import type { Home } from "./home.ts";
import { installPython } from "./python.ts";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const programs = await installPython("python-clients", here("requirements.txt"));

/** Name and version of a package, such as `python-dxf 12.1.1`. */
export async function versionOf(name: string): Promise<string> {
  const said = await must(join(programs, "pip"), ["show", name]);
  return `${name} ${/^Version: (\S+)/m.exec(said)?.[1]}`;
}

const environment = ({ env, folder }: Home) => ({ ...env, REQUESTS_CA_BUNDLE: join(folder, "ca.crt") });

/** dxf, which fetches a token for each challenge. @param login its name and password, if any */
export const dxf =
  (home: Home, host: string, [name, password]: readonly string[] = []): Client =>
  (args) => {
    const login = name && password ? { DXF_USERNAME: name, DXF_PASSWORD: password } : {};
    return run(join(programs, "dxf"), args, { env: { ...environment(home), DXF_HOST: host, ...login } });
  };

/** docker-registry-client, which sends the password with every request and fetches no token. */
export const basicClient =
  (home: Home): Client =>
  (args) =>
    run(join(programs, "python"), [here("basic.py"), ...args], { env: environment(home) });
