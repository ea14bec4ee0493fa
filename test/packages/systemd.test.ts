/** The units: their syntax, what they expose, and what the gateway tells systemd. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type DemoKatello, startDemoKatello } from "../../src/demo/katello.ts";
import { DEMO_HOSTS, DEMO_USERS } from "../../src/demo/world.ts";
import { run, startDaemon, until } from "../clients/command.ts";
import { CLI } from "../clients/site.ts";
import { healthAt } from "../support/calls.ts";
import { createDatabase } from "../support/database.ts";
import { pem, settingsFor, testFolder, writeSettings } from "../support/gateway.ts";
import { ROOT } from "./folders.ts";

const SERVICE = join(ROOT, "packaging/systemd/container-gateway.service");
const SOCKET = join(ROOT, "packaging/systemd/container-gateway.socket");
const FACADE_SOCKET = join(ROOT, "packaging/systemd/container-gateway-facade.socket");
/** Most exposure that systemd may see, on its scale from 0 to 10. */
const MAX_EXPOSURE = 1.3;

describe("the units", () => {
  test("are correct", async () => {
    const { said } = await run("systemd-analyze", ["verify", SERVICE, SOCKET, FACADE_SOCKET]);
    const own = said.split("\n").filter((line) => line.includes("container-gateway"));
    // The program is not installed on this machine, and the manual pages neither.
    expect(own.filter((line) => !/not executable: No such file|man .* failed/.test(line))).toEqual([]);
  });

  test("expose little", async () => {
    const { said } = await run("systemd-analyze", ["security", "--offline=true", SERVICE]);
    const [, exposure] = /Overall exposure level for container-gateway.service: ([\d.]+)/.exec(said) ?? [];
    expect(Number(exposure)).toBeLessThanOrEqual(MAX_EXPOSURE);
    expect(Number(exposure)).toBeGreaterThan(0);
  });
});

/** Receives what is sent to a datagram socket, and prints one datagram a line. */
const RECEIVER = `
import array, os, socket, sys
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
    server.bind(sys.argv[1])
    print("bound", flush=True)
    while True:
        message, parts, _, _ = server.recvmsg(4096, 4096)
        print(message.decode().replace("\\n", " "), flush=True)
        # The sender waits until its descriptor is closed.
        for _, kind, data in parts:
            if kind == socket.SCM_RIGHTS:
                for descriptor in array.array("i", data):
                    os.close(descriptor)
`;

let katello: DemoKatello;
beforeAll(async () => {
  const server = { cert: pem("server.crt"), key: pem("server.key") };
  katello = await startDemoKatello({
    tls: { ca: pem("ca.crt"), server },
    users: DEMO_USERS,
    hosts: DEMO_HOSTS,
  });
});
afterAll(() => katello?.close());

/** A preloaded module that delays a gateway's second worker by five seconds. */
const SLOW_WORKER = `data:text/javascript,${encodeURIComponent(
  'import cluster from "node:cluster"; if (cluster.worker?.id === 2) await new Promise((go) => setTimeout(go, 5_000));',
)}`;
/** Time that a worker's line may take to come, after systemd was told: much less than the second worker's delay. */
const LINE_S = 2;

const urlIn = (said: string): string | undefined => /"url":"(http:[^"]+)"/.exec(said)?.[1];

test.each([1, 2])(
  "with %i workers systemd is told once when all of them serve, and when it stops",
  async (workers) => {
    const path = join(testFolder(), `notify-${workers}`);
    const receiver = await startDaemon("python3", ["-c", RECEIVER, path], (said) => said.includes("bound"));
    let stop = (): Promise<unknown> => Promise.resolve();
    try {
      const settings = settingsFor(
        katello.origin,
        "https://127.0.0.1:9",
        await createDatabase(),
        `${path}.sock`,
      );
      const file = writeSettings({ ...settings, workers });
      const gateway = await startDaemon(
        process.execPath,
        ["--import", SLOW_WORKER, CLI, "serve", "--config", file],
        (said) => receiver.said().includes("READY=1") && urlIn(said) !== undefined,
        { env: { NOTIFY_SOCKET: path } },
      );
      stop = () => gateway.stop();
      const isSaidByAll = () => gateway.said().match(/"database ready"/g)?.length === workers || undefined;
      await until("all workers have said that they serve", isSaidByAll, LINE_S);
      const status = await healthAt(urlIn(gateway.said()) ?? "");
      const before = receiver.said();
      expect([status, await gateway.stop()]).toEqual([200, 0]);
      expect(before).not.toContain("STOPPING=1");
      await until("systemd is told", () => receiver.said().includes("STOPPING=1") || undefined);
      expect(receiver.said().match(/READY=1/g)).toHaveLength(1);
      expect(receiver.said().match(/STOPPING=1/g)).toHaveLength(1);
      expect(receiver.said()).toContain(`MAINPID=${gateway.pid}`);
    } finally {
      await stop();
      await receiver.stop();
    }
  },
);

test("a gateway whose systemd can't be told serves all the same", async () => {
  const path = join(testFolder(), "nobody-listens");
  const settings = settingsFor(katello.origin, "https://127.0.0.1:9", await createDatabase(), `${path}.sock`);
  const file = writeSettings(settings);
  const gateway = await startDaemon(
    process.execPath,
    [CLI, "serve", "--config", file],
    (said) => said.includes("systemd was not told that the service is ready"),
    { env: { NOTIFY_SOCKET: path } },
  );
  expect(await gateway.stop()).toBe(0);
});

test("SELinux's module compiles with Debian's policy, labels keys and lets httpd connect", async () => {
  const script = `
    cd "$1"
    for module in /usr/share/selinux/default/*.pp.bz2; do
      name=$(basename "$module" .pp.bz2)
      bunzip2 -c "$module" > module.pp && /usr/libexec/selinux/hll/pp module.pp "$name.cil" || exit 1
    done
    secilc -o policy -f contexts *.cil "$2" && cat contexts
  `;
  const folder = join(testFolder(), "selinux");
  writeFileSync(join(testFolder(), "selinux.sh"), script);
  await run("mkdir", [folder]);
  const { code, said } = await run("bash", [
    join(testFolder(), "selinux.sh"),
    folder,
    join(ROOT, "packaging/selinux/container-gateway.cil"),
  ]);
  expect(code).toBe(0);
  expect(said).toMatch(/^\/etc\/container-gateway\S+\s+--\s+system_u:object_r:cert_t:s0$/m);
  const rules = await run("sesearch", [
    "-A",
    "-s",
    "httpd_t",
    "-t",
    "ocsp_port_t",
    "-c",
    "tcp_socket",
    join(folder, "policy"),
  ]);
  expect(rules.said).toMatch(/^allow httpd_t ocsp_port_t:tcp_socket \{? ?name_connect/m);
});
