/** A containerd for the test, with ctr as its client. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "./client.ts";
import { run, startDaemon } from "./command.ts";
import type { Home } from "./home.ts";
import { programPath } from "./program.ts";

/** A running containerd. */
export interface Containerd {
  readonly client: Client;
  stop(): Promise<void>;
}

const configuration = (folder: string): string => `version = 2
root = "${folder}/data/containerd"
state = "${folder}/run/containerd"
disabled_plugins = [
  "io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
]
[grpc]
address = "${folder}/run/containerd.sock"
[ttrpc]
address = "${folder}/run/containerd-ttrpc.sock"
[plugins."io.containerd.internal.v1.opt"]
path = "${folder}/data/opt"
`;

/**
 * Makes containerd, which uses no TLS for `localhost`, pull from `registry` over TLS, through `mirror` if that is
 * another. Writes the folder for `--hosts-dir`.
 */
export function writeHosts({ folder }: Home, registry: string, mirror = registry): void {
  const hosts = join(folder, "hosts", registry);
  mkdirSync(hosts, { recursive: true });
  const by = `[host."https://${mirror}"]\ncapabilities = ["pull", "push", "resolve"]\n`;
  writeFileSync(join(hosts, "hosts.toml"), `server = "https://${registry}"\n${by}`);
}

export async function startContainerd(home: Home): Promise<Containerd> {
  const { folder, env } = home;
  const socket = join(folder, "run/containerd.sock");
  const file = join(folder, "containerd.toml");
  writeFileSync(file, configuration(folder));
  const daemon = await startDaemon(
    programPath("containerd"),
    ["--config", file],
    (said) => existsSync(socket) && said.includes("containerd successfully booted"),
    { env },
  );
  return {
    client: (args) => run(programPath("ctr"), ["-a", socket, ...args], { env }),
    stop: async () => {
      await daemon.stop();
    },
  };
}
