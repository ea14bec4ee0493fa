/** Debian's docker: a daemon for the test, and its client. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "./client.ts";
import { run, startDaemon } from "./command.ts";
import type { Home } from "./home.ts";
import { programPath } from "./program.ts";

/** A running daemon. It may take minutes to stop a client that hangs, and stops its containerd, too. */
export interface Docker {
  readonly client: Client;
  /** Value of `DOCKER_HOST` for clients. */
  readonly host: string;
  stop(): Promise<void>;
}

/** Starts a daemon that does not change the machine's network and storage. */
export async function startDocker(home: Home): Promise<Docker> {
  const inHome = (name: string) => join(home.folder, name);
  const socket = inHome("run/docker.sock");
  const host = `unix://${socket}`;
  const daemon = await startDaemon(
    programPath("dockerd"),
    [
      ...["--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=vfs"],
      ...["--data-root", inHome("data/docker"), "--exec-root", inHome("run/docker")],
      ...["--pidfile", inHome("run/docker.pid"), "-H", host],
    ],
    (said) => existsSync(socket) && said.includes("API listen on"),
    { env: home.env, seconds: 60 },
  );
  return {
    host,
    client: (args, input) =>
      run(programPath("docker"), args, {
        env: { ...home.env, DOCKER_HOST: host, DOCKER_CLI_EXPERIMENTAL: "enabled" },
        ...(input === undefined ? {} : { input }),
      }),
    stop: async () => {
      await daemon.stop();
    },
  };
}
