/** Debian's docker-registry in place of Pulp, with an Apache that serves it below Pulp's paths. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "../pulp/ports.ts";
import type { RealPulp } from "../pulp/target.ts";
import { listens, startApache } from "./apache.ts";
import { pushDoor } from "./attached.ts";
import { must, startDaemon } from "./command.ts";
import type { Home } from "./home.ts";
import { programPath } from "./program.ts";

/** A running registry with the demo's images in it. */
export interface DockerRegistry {
  /** Value of the gateway's `pulp_endpoint`. */
  readonly origin: string;
  stop(): Promise<void>;
}

const configuration = (port: number, folder: string): string => `version: 0.1
storage:
  filesystem:
    rootdirectory: ${folder}
http:
  addr: 127.0.0.1:${port}
`;

const IMAGES = [
  ...["1.1", "latest"].map((tag) => `org/public-app:${tag}`),
  ...["1.0", "latest", "multi", "docker"].map((tag) => `org/private-app:${tag}`),
];

/** Starts the registry and copies images from a Pulp to it. */
export async function startDockerRegistry(home: Home, pulp: RealPulp): Promise<DockerRegistry> {
  const port = await freePorts(2);
  const file = join(home.folder, "registry.yml");
  writeFileSync(file, configuration(port, join(home.folder, "data/registry")));
  // Without the home's environment: REGISTRY_AUTH_FILE would be a setting of the registry.
  const registry = await startDaemon(programPath("docker-registry"), ["serve", file], () => listens(port));
  try {
    for (const image of IMAGES) {
      const from = ["--src-cert-dir", pulp.file("docker"), `docker://${pushDoor(pulp)}/${image}`];
      const to = ["--dest-tls-verify=false", `docker://127.0.0.1:${port}/${image}`];
      await must(
        programPath("skopeo"),
        ["--insecure-policy", "copy", "--all", "--preserve-digests", ...from, ...to],
        { env: home.env },
      );
    }
    const apache = await startApache(
      `Listen 127.0.0.1:${port + 1}\nProxyPass /pulpcore_registry/v2/ http://127.0.0.1:${port}/v2/\n`,
      port + 1,
    );
    return {
      origin: `http://127.0.0.1:${port + 1}`,
      stop: async () => {
        await apache.stop();
        await registry.stop();
      },
    };
  } catch (error) {
    await registry.stop();
    throw error;
  }
}
