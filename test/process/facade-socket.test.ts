/** The façade on a socket of systemd, which outlives the gateway. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "@jest/globals";
import { unwrap } from "../../src/client/index.ts";
import { callAt } from "../support/calls.ts";
import { createDatabase } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { pem, settingsFor, testFolder, writeSettings } from "../support/gateway.ts";
import { childrenOf } from "../support/processes.ts";
import { startSmartProxy } from "../support/smart-proxy.ts";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const HOLDER = fileURLToPath(new URL("../faults/holder.py", import.meta.url));

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The features, over a connection of its own. */
const featuresAt = (port: number): Promise<readonly string[]> =>
  callAt(`https://localhost:${port}`, (gateway) => unwrap(gateway.getFeatureNames()), { ca: pem("ca.crt") });

/** Starts a program that holds the socket of a gateway with a façade, as systemd does. */
async function holdSocket(name: string, workers: number) {
  const trusted = ["foreman.example.org", "gateway.example.org"];
  const smartProxy = await startSmartProxy(trusted);
  closers.push(() => smartProxy.close());
  const socket = join(testFolder(), `${name}-${workers}.sock`);
  const config = writeSettings({
    ...settingsFor("https://localhost:1", "https://localhost:1", await createDatabase(), socket),
    listen: [`unix:${socket}`],
    smart_proxy_url: smartProxy.url,
    facade_listen: "systemd:https",
    trusted_hosts: trusted,
    workers,
  });
  const log = join(testFolder(), `${name}-${workers}.log`);
  const holder: ChildProcess = spawn(
    "python3",
    [HOLDER, "1", log, process.execPath, CLI, "serve", "--config", config],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  if (holder.stdout === null) throw new Error("the holder has no output");
  const lines = createInterface(holder.stdout)[Symbol.asyncIterator]();
  const number = async () => Number((await lines.next()).value);
  const start = () => {
    holder.stdin?.write("\n");
    return number();
  };
  const end = async (pid: number) => {
    process.kill(pid, "SIGTERM");
    await eventually("it ends", () => /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8")), 30);
  };
  closers.push(async () => {
    const ended = once(holder, "exit");
    holder.stdin?.end();
    await ended;
  });
  return { port: await number(), start, end, said: () => readFileSync(log, "utf8") };
}

test.each([1, 2])(
  "keeps connections waiting while the gateway restarts, with %d workers",
  async (workers) => {
    const { port, start, end, said } = await holdSocket("restarted", workers);

    // Nobody accepts yet: the connection waits in the socket.
    const early = featuresAt(port);
    let running = await start();
    expect(await early).toContain("container_gateway");
    await end(running);
    const waiting = featuresAt(port);
    running = await start();
    closers.push(() => end(running));
    expect(await waiting).toContain("container_gateway");
    expect(said()).toContain("façade listening");
  },
  60_000,
);

test("outlives the only worker, because the gateway ends for systemd to start it again", async () => {
  const { port, start, end, said } = await holdSocket("killed", 1);
  const first = await start();
  expect(await featuresAt(port)).toContain("container_gateway");
  for (const pid of childrenOf(first)) process.kill(pid, "SIGKILL");
  await eventually("it ends", () => /the last worker died \(SIGKILL\)/.test(said()), 30);
  const waiting = featuresAt(port);
  const second = await start();
  closers.push(() => end(second));
  expect(await waiting).toContain("container_gateway");
});

test("outlives the old worker of a reload", async () => {
  const { port, start, end, said } = await holdSocket("reloaded", 1);
  const running = await start();
  closers.push(() => end(running));
  expect(await featuresAt(port)).toContain("container_gateway");
  const [old] = childrenOf(running);
  process.kill(running, "SIGHUP");
  await eventually("the old worker has ended", () => said().includes("old worker has ended"), 30);
  expect(childrenOf(running)).not.toContain(old);
  expect(await featuresAt(port)).toContain("container_gateway");
});
