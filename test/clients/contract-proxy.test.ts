/** podman, containerd and Foreman's rest-client through `contract proxy`: nothing that they or the gateway send breaks the contract. */
import { createServer } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { pem, testFolder } from "../support/gateway.ts";
import { podman } from "./client.ts";
import { type Daemon, startDaemon } from "./command.ts";
import { startContainerd, writeHosts } from "./containerd.ts";
import { type Door, startDoor } from "./door.ts";
import { callAsKatello } from "./katello.ts";
import { programPath } from "./program.ts";
import { CLI, type Site, startSite } from "./site.ts";

let door: Door;
let site: Site;
beforeAll(async () => {
  programPath("ruby");
  [door, site] = await Promise.all([startDoor(), startSite()]);
});
afterAll(async () => {
  await Promise.all([door?.stop(), site?.stop()]);
});

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

const file = (name: string): string => `${testFolder()}/${name}`;

interface Proxy {
  readonly host: string;
  readonly daemon: Daemon;
}

/** @param to `host:port` over TLS */
async function startProxy(to: string): Promise<Proxy> {
  const port = await freePort();
  const own = ["--server-cert", file("server.crt"), "--server-key", file("server.key")];
  const callers = [
    "--client-ca",
    file("ca.crt"),
    "--cert",
    file("foreman.crt"),
    "--key",
    file("foreman.key"),
  ];
  const where = ["--listen", `127.0.0.1:${port}`, "--to", `https://${to}`, "--ca", file("ca.crt")];
  const args = [CLI, "contract", "proxy", ...where, ...own, ...callers];
  const daemon = await startDaemon(process.execPath, args, (said) => said.includes("listening at"));
  return { host: `localhost:${port}`, daemon };
}

/** Stops the proxy, and returns what it has said, without the address. */
async function endOf({ daemon }: Proxy): Promise<string> {
  const code = await daemon.stop();
  const [, ...lines] = daemon.said().trim().split("\n");
  return `${lines.join("\n")}; exit code ${code}`;
}

test("podman", async () => {
  const proxy = await startProxy(door.host);
  const home = door.makeHome();
  const run = podman(home);
  const image = `${proxy.host}/org/private-app:latest`;
  expect((await run(["pull", image])).code).toBe(125);
  expect((await run(["login", "-u", "alice", "-p", "secret", proxy.host])).said).toContain(
    "Login Succeeded!",
  );
  expect(await run(["pull", image])).toMatchObject({ code: 0 });
  expect(await run(["search", `${proxy.host}/app`])).toMatchObject({ code: 0 });
  expect((await run(["push", image, `${proxy.host}/org/private-app:new`])).code).toBe(125);
  expect(await endOf(proxy)).toMatch(/^\d\d+ requests, 0 broken rules; exit code 0$/);
});

test("containerd", async () => {
  const proxy = await startProxy(door.host);
  const home = door.makeHome();
  writeHosts(home, proxy.host);
  const containerd = await startContainerd(home);
  try {
    const pull = ["images", "pull", "--hosts-dir", `${home.folder}/hosts`, "--snapshotter", "native"];
    const image = `${proxy.host}/org/private-app:latest`;
    expect(await containerd.client([...pull, "-u", "alice:secret", image])).toMatchObject({ code: 0 });
  } finally {
    await containerd.stop();
  }
  expect(await endOf(proxy)).toMatch(/^\d+ requests, 0 broken rules; exit code 0$/);
});

test("rest-client, which makes all of Katello's calls, and a call that the contract does not have", async () => {
  const proxy = await startProxy(site.tls);
  const identity = { cert: pem("foreman.crt"), key: pem("foreman.key") };
  const call = (...calls: Parameters<typeof callAsKatello>[1]) =>
    callAsKatello({ base: `https://${proxy.host}`, ca: pem("ca.crt"), identity }, calls);
  const entry = { repository: "org/app", auth_required: true };
  const answers = await call(
    { method: "put", path: "container_gateway/repository_list", payload: { repositories: [entry] } },
    { method: "get", path: "container_gateway/users" },
    {
      method: "put",
      path: "container_gateway/user_repository_mapping",
      payload: { users: [{ alice: [entry] }] },
    },
    { method: "put", path: "container_gateway/update_hosts", payload: { hosts: [{ uuid: DEMO_HOST }] } },
    {
      method: "put",
      path: "container_gateway/host_repository_mapping",
      payload: { hosts: [{ [DEMO_HOST]: [entry] }] },
    },
    {
      method: "put",
      path: "container_gateway/update_host_repositories",
      payload: { hosts: [{ [DEMO_HOST]: [entry] }] },
    },
    { method: "get", path: "v2/features" },
  );
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 7 }, () => 200));
  await call({ method: "put", path: "container_gateway/update_hosts", payload: { machines: [] } });
  expect(await endOf(proxy)).toMatch(
    /^PUT \/container_gateway\/update_hosts\/: body: .*\n8 requests, 1 broken rules; exit code 2$/,
  );
});
