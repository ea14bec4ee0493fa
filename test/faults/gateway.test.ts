import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "@jest/globals";
import { type GatewayClient, unwrap } from "../../src/client/index.ts";
import { freePorts } from "../pulp/ports.ts";
import { callAt, readinessAt, tokenAt } from "../support/calls.ts";
import { createDatabase, query } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { testFolder, writeSettings } from "../support/gateway.ts";
import { startGatewayProcess } from "../support/gateway-process.ts";
import { startLoad } from "./load.ts";
import { basic, type Site, type SiteOptions, startNeighbours, startSite, syncTo } from "./site.ts";
import { answeringLate } from "./switch.ts";
import { addRow } from "./table.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function site(options?: SiteOptions): Promise<Site> {
  const started = await startSite(options);
  closers.push(() => started.stop());
  return started;
}

/** Starts a program at the first connection to its sockets, and passes them on as systemd does. */
const ACTIVATE = "/usr/bin/systemd-socket-activate";

/** Listeners on ports that stay the same after a restart. */
async function fixedPorts(): Promise<{ listen: string[]; http: string; https: string }> {
  const port = await freePorts(2);
  const https = `https://127.0.0.1:${port}`;
  const http = `http://127.0.0.1:${port + 1}`;
  return { listen: [https, http], http, https };
}

/** Ids of the processes that have logged that they listen. */
const listening = (said: string): number[] => [
  ...new Set([...said.matchAll(/"pid":(\d+)[^\n]*"msg":"listening"/g)].map(([, pid]) => Number(pid))),
];

describe("the gateway", () => {
  test("replaces a worker that is killed, while the others serve", async () => {
    const { process: gateway, load: startLoad } = await site({ settings: { workers: 2 } });
    await eventually("both workers listen", () => listening(gateway.said()).length === 2);
    const load = startLoad(["known"], { clients: 8, rest: 5 });
    await sleep(500);
    const [worker = 0] = listening(gateway.said());
    process.kill(worker, "SIGKILL");
    const killed = performance.now();
    await eventually("a third takes its place", () => listening(gateway.said()).length === 3);
    const seconds = Math.round((performance.now() - killed) / 100) / 10;
    await sleep(500);
    const seen = await load.stop();
    expect(gateway.said()).toMatch("worker died: starting another");
    const lost = seen.samples.filter(({ status }) => status !== 200);
    // Only requests of the killed worker fail, and none hangs.
    expect(seen.slowest).toBeLessThan(10_000);
    expect(lost.length).toBeLessThanOrEqual(8);
    expect(seen.of("known", killed + 300).answers).toEqual({ 200: expect.any(Number) });
    addRow({
      part: "The gateway",
      fault: "a worker is killed (SIGKILL)",
      up: "the other workers",
      saw: seen.texts,
      seconds,
    });
  });

  test("completes requests in flight when the primary is killed, and serves after the next startup", async () => {
    const { listen, http } = await fixedPorts();
    const { process: gateway, config, questions, pulp } = await site({ settings: { workers: 2, listen } });
    await eventually("both workers listen", () => listening(gateway.said()).length === 2);
    expect(pulp.requests.length).toBeGreaterThan(0);
    const workers = listening(gateway.said());
    const load = startLoad({ origin: http, questions: { known: questions.known }, clients: 8, rest: 5 });
    await sleep(500);
    gateway.child.kill("SIGKILL");
    await once(gateway.child, "exit");
    const killed = performance.now();
    await eventually("the workers end", () => workers.every((pid) => !existsSync(`/proc/${pid}`)));
    expect(gateway.said()).toMatch("primary process died");
    const ended = (performance.now() - killed) / 1000;
    const next = await startGatewayProcess({ config });
    closers.push(() => next.stop());
    await sleep(500);
    const seen = await load.stop();
    // The kernel resets connections that were not accepted when the last listener closed.
    const { 200: answered, ECONNREFUSED: refused = 0, ECONNRESET: late = 0, ...lost } = seen.answers;
    expect(answered).toBeGreaterThan(0);
    expect(lost).toEqual({});
    expect(late).toBeLessThanOrEqual(8);
    const seconds = seen.recovery(killed, 200);
    addRow({
      part: "The gateway",
      fault: "the primary is killed (SIGKILL), and started again at once",
      up: "what is in flight",
      saw: `known: ${answered} x 200, ${refused + late} x refused until it had started, none lost; its workers ended after ${ended.toFixed(1)} s`,
      seconds,
    });
  });

  test("loses no request at SIGTERM under load", async () => {
    const { process: gateway, load: startLoad } = await site({ settings: { workers: 2 } });
    await eventually("both workers listen", () => listening(gateway.said()).length === 2);
    const load = startLoad(["known", "listed"], { clients: 12, rest: 0 });
    await sleep(1_000);
    await gateway.stop();
    const seen = await load.stop();
    expect(gateway.child.exitCode).toBe(0);
    // New connections may come too late; requests on kept-alive connections never do.
    const { 200: answered, ECONNREFUSED: refused = 0, ECONNRESET: late = 0, ...lost } = seen.answers;
    expect(lost).toEqual({});
    expect(seen.again).toBe(0);
    addRow({
      part: "The gateway",
      fault: "SIGTERM",
      up: "what is in flight, and what comes on kept-alive connections",
      saw: `known and listed: ${answered} x 200, none lost; new connections after the end: ${refused + late} x refused`,
    });
  });

  test("answers a worker's request to a slow Pulp at SIGTERM, while the other worker is idle", async () => {
    const { process: gateway, token, switches, http } = await site({ settings: { workers: 2 } });
    await eventually("both workers listen", () => listening(gateway.said()).length === 2);
    await switches.pulp.set({ act: answeringLate(2, { name: "org/private-app", tags: ["late"] }).act });
    const params = { path: { name: "org/private-app" } };
    const answer = callAt(http, (client) => client.getTags({ params }), { token });
    await eventually("Pulp is asked", () => switches.pulp.asked() === 1);
    await gateway.stop();
    const { response, data } = await answer;
    expect([response.status, data?.tags]).toEqual([200, ["late"]]);
    expect(gateway.child.exitCode).toBe(0);
  });

  test("refuses no connection during a restart with sockets of systemd-socket-activate", async () => {
    const { katello, pulp, close, settings } = await startNeighbours();
    closers.push(close);
    const config = writeSettings({
      ...settings(await createDatabase()),
      listen: ["systemd:https", "systemd:http"],
      workers: 2,
    });
    const log = join(testFolder(), "held.log");
    const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
    if (!existsSync(ACTIVATE)) throw new Error(`${ACTIVATE} is missing: apt-get install systemd`);
    const args = [fileURLToPath(new URL("holder.py", import.meta.url)), "2", log, ACTIVATE];
    const holder = spawn("python3", [...args, process.execPath, cli, "serve", "--config", config], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface(holder.stdout)[Symbol.asyncIterator]();
    const line = async () => {
      const { value } = await lines.next();
      if (value === undefined) throw new Error(`the holder ended: ${readFileSync(log, "utf8")}`);
      return value;
    };
    const [tls, plain] = (await line()).split(" ");
    const [https, http] = [`https://127.0.0.1:${tls}`, `http://127.0.0.1:${plain}`];
    const start = async () => {
      holder.stdin.write("\n");
      return Number(await line());
    };
    const end = async (pid: number) => {
      process.kill(pid, "SIGTERM");
      // Not reaped yet, so it is still in the process table.
      await eventually("it ends", () => /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8")));
    };
    let running = await start();
    closers.push(async () => {
      await end(running);
      const ended = once(holder, "exit");
      holder.stdin.end();
      await ended;
    });
    await syncTo(https);
    const token = await tokenAt(http, { name: "alice", password: "secret" });
    const digest = pulp.images.get("org/private-app")?.tags.get("latest");
    const known = {
      path: `/v2/org/private-app/manifests/${digest}`,
      headers: { authorization: `Bearer ${token}` },
    };
    expect(katello.requests.length).toBeGreaterThan(0);
    const loads = [true, false].map((fresh) =>
      startLoad({ origin: http, questions: { known }, clients: 6, rest: 2, fresh }),
    );
    await sleep(1_000);
    for (let time = 0; time < 2; time += 1) {
      await end(running);
      running = await start();
      await Promise.all(loads.map((load) => load.settled("known", 200)));
    }
    const seen = await Promise.all(loads.map((load) => load.stop()));
    const starts = readFileSync(log, "utf8").match(/Execing .* \(.*cli\.js/g);
    expect(starts).toHaveLength(3);
    for (const one of seen) {
      expect(one.answers).toEqual({ 200: expect.any(Number) });
      expect(one.again).toBe(0);
    }
    const slowest = Math.max(...seen.map((one) => one.slowest));
    addRow({
      part: "The gateway",
      fault:
        "restarted twice on sockets from systemd-socket-activate, with new and with kept-alive connections",
      up: "everything: new connections wait until it is there",
      saw: `known: ${seen.map(({ text }) => text).join(" and ")}; none refused or lost; slowest ${Math.round(slowest)} ms`,
    });
  });

  test("serves from all of 20 gateways that start at once with an empty database", async () => {
    const { close, settings } = await startNeighbours();
    closers.push(close);
    const database = await createDatabase("template0");
    const began = performance.now();
    const starts = Array.from({ length: 20 }, () => {
      const config = writeSettings({
        ...settings(database),
        listen: ["http://127.0.0.1:0"],
        db_max_connections: 2,
        serve_before_first_sync: true,
      });
      return startGatewayProcess({ config, deaf: true, patience: 150 });
    });
    for (const start of starts)
      closers.push(() =>
        start.then(
          (one) => one.stop(),
          () => undefined,
        ),
      );
    const gateways = await Promise.all(starts);
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    for (const { addresses } of gateways) expect(await readinessAt(addresses[0] ?? "")).toBe(200);
    const [count] = await query<{ twice: number }>(
      database,
      "SELECT count(*)::int - count(DISTINCT name)::int AS twice FROM migrations",
    );
    expect(count).toEqual({ twice: 0 });
    addRow({
      part: "The gateway",
      fault: "20 starts at once on an empty database",
      up: "all 20, with each migration run once",
      saw: `/readyz: 20 x 200, ${seconds} s after the first start`,
    });
  }, 240_000);

  test("keeps tokens, logins and pulls working when its clock is set back by an hour", async () => {
    const library = readdirSync("/usr/lib")
      .map((folder) => `/usr/lib/${folder}/faketime/libfaketimeMT.so.1`)
      .find((path) => existsSync(path));
    if (library === undefined) throw new Error("libfaketime is missing: apt-get install faketime");
    const clock = join(testFolder(), "clock");
    writeFileSync(clock, "+0");
    const env = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: clock,
      FAKETIME_NO_CACHE: "1",
      DONT_FAKE_MONOTONIC: "1",
    };
    const started = await site({ env });
    const load = started.load(["known", "asked", "listed", "login"]);
    await sleep(1_000);
    writeFileSync(clock, "-1h");
    await sleep(3_000);
    const seen = await load.stop();
    const times = [...started.process.said().matchAll(/"time":"([^"]+)"/g)].map(([, time = ""]) =>
      Date.parse(time),
    );
    expect(Math.max(...times) - (times.at(-1) ?? 0)).toBeGreaterThan(3_000_000);
    for (const one of ["known", "listed", "login"] as const)
      expect(seen.of(one).answers).toEqual({ 200: expect.any(Number) });
    expect(seen.of("asked").answers).toEqual({ 404: expect.any(Number) });
    addRow({
      part: "The gateway",
      fault: "its clock is set back by an hour",
      up: "everything",
      saw: seen.texts,
    });
  });

  test("computes token expiry independently of its own and its database's time zone", async () => {
    const database = await createDatabase();
    const name = new URL(database).pathname.slice(1);
    await query(database, `ALTER DATABASE ${name} SET timezone = 'Pacific/Auckland'`);
    const started = await site({ database, env: { TZ: "America/New_York" } });
    const told = await callAt(started.http, (gateway) =>
      unwrap(gateway.getToken({ headers: basic("alice:secret") })),
    );
    const [kept] = await query<{ left: number }>(
      database,
      "SELECT max(extract(epoch FROM expire_at - now()))::float8 AS left FROM authentication_tokens",
    );
    expect(Math.abs((kept?.left ?? 0) - told.expires_in)).toBeLessThan(60);
    const load = started.load(["known", "asked", "login"]);
    await sleep(1_000);
    const seen = await load.stop();
    expect(seen.of("known").answers).toEqual({ 200: expect.any(Number) });
    addRow({
      part: "The gateway",
      fault: "process in New York, database in Auckland",
      up: "everything",
      saw: `${seen.texts}; a token of ${told.expires_in} s is kept for ${Math.round(kept?.left ?? 0)} s`,
    });
  });

  test("serves open connections without free file descriptors, and new ones afterwards", async () => {
    const started = await site();
    // Set after startup, because it needs descriptors to start.
    for (const pid of started.process.workers())
      execFileSync("/usr/bin/prlimit", ["--pid", String(pid), "--nofile=64:64"]);
    const load = started.load(["known"], { clients: 4 });
    await sleep(500);
    const hogs: Socket[] = [];
    for (let index = 0; index < 150; index += 1) {
      const { hostname, port } = new URL(started.http);
      hogs.push(connect(Number(port), hostname).on("error", () => undefined));
    }
    await sleep(2_000);
    const before = load.seen();
    for (const hog of hogs) hog.destroy();
    const back = performance.now();
    await eventually("a newcomer is served", async () =>
      callAt(started.http, (gateway) => gateway.getBase()).then(
        ({ response }) => response.status === 401,
        () => false,
      ),
    );
    const seconds = Math.round((performance.now() - back) / 100) / 10;
    await eventually("a login succeeds", async () => {
      const logIn = (gateway: GatewayClient) => gateway.getToken({ headers: basic("bob:hunter2") });
      return (await callAt(started.http, logIn)).response.status === 200;
    });
    const seen = await load.stop();
    expect(before.answers).toEqual({ 200: expect.any(Number) });
    expect(seen.answers).toEqual({ 200: expect.any(Number) });
    addRow({
      part: "The gateway",
      fault: "it is out of file descriptors (64, and 150 connections)",
      up: "who is connected already",
      saw: seen.texts,
      seconds,
    });
  });

  test("logs and counts an unhandled rejection and an uncaught exception", async () => {
    const planted = join(testFolder(), "planted.mjs");
    writeFileSync(
      planted,
      `import cluster from "node:cluster";
       if (cluster.isWorker) process.on("SIGUSR2", () => void Promise.reject(new Error("planted rejection")));
       if (cluster.isWorker) process.on("SIGHUP", () => { throw new Error("planted exception"); });`,
    );
    const started = await site({ settings: { workers: 2 }, env: { NODE_OPTIONS: `--import ${planted}` } });
    const said = () => started.process.said();
    await eventually("both workers listen", () => listening(said()).length === 2);
    const [worker = 0] = listening(said());
    const load = started.load(["known"], { clients: 8 });
    await sleep(300);
    process.kill(worker, "SIGUSR2");
    await eventually("it is logged", () => /"rejections":1,"msg":"unhandled rejection"/.test(said()));
    process.kill(worker, "SIGUSR2");
    await eventually("it is counted", () => /"rejections":2/.test(said()));
    const quiet = load.seen();
    process.kill(worker, "SIGHUP");
    const thrown = performance.now();
    await eventually("it is logged", () => /planted exception.*"msg":"uncaught exception"/.test(said()));
    await eventually("another takes its place", () => listening(said()).length === 3);
    const seconds = Math.round((performance.now() - thrown) / 100) / 10;
    const seen = await load.stop();
    expect(quiet.answers).toEqual({ 200: expect.any(Number) });
    expect(seen.slowest).toBeLessThan(10_000);
    expect(seen.samples.filter(({ status }) => status !== 200).length).toBeLessThanOrEqual(8);
    expect(said()).toMatch("worker died: starting another");
    addRow({
      part: "The gateway",
      fault: "an unhandled rejection, then an uncaught exception in a worker",
      up: "the worker after the first; the others after the second",
      saw: `${seen.texts}; both are in the log, with their number`,
      seconds,
    });
  });
});
