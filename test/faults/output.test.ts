import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "@jest/globals";
import { freePorts } from "../pulp/ports.ts";
import { pullAt, readinessAt } from "../support/calls.ts";
import { createDatabase } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { testFolder, writeSettings } from "../support/gateway.ts";
import { startLoad } from "./load.ts";
import { startNeighbours } from "./site.ts";
import { addRow } from "./table.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

interface Started {
  readonly child: ChildProcess;
  readonly http: string;
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

const isServed = (http: string): Promise<boolean> =>
  readinessAt(http).then(
    (status) => status === 200,
    () => false,
  );

/** Starts a gateway whose standard output is closed, or goes where a test wants it. */
async function start(out: number | "pipe" | "closed", more: Readonly<Record<string, unknown>> = {}) {
  const { close, settings } = await startNeighbours();
  closers.push(close);
  const http = `http://127.0.0.1:${await freePorts(1)}`;
  const config = writeSettings({
    ...settings(await createDatabase()),
    listen: [http],
    serve_before_first_sync: true,
    ...more,
  });
  const run = ["serve", "--config", config];
  const [command, ...args] =
    out === "closed"
      ? ["/bin/sh", "-c", 'exec "$@" >&-', "sh", process.execPath, CLI, ...run]
      : [process.execPath, CLI, ...run];
  const child = spawn(command ?? "", args, {
    stdio: ["ignore", out === "closed" ? "ignore" : out, "inherit"],
  });
  closers.push(async () => {
    child.stdout?.destroy();
    if (hasEnded(child)) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  await eventually("it serves", () => isServed(http), 60);
  return { child, http };
}

/** A request with long lines in the log and in the audit log. */
const NOISE = {
  path: `/v2/${"noise/".repeat(40)}app/manifests/${"t".repeat(128)}`,
  headers: { "x-session-id": "s".repeat(256), "x-request-id": "r".repeat(128), authorization: "Bearer x" },
};
/** A number of such lines beyond the queue and the buffer of a pipe or socket. */
const MORE_THAN_WAIT = 8_000;
const SOME = 1_000;

/** Causes log lines by requests, each of which gets a reply. @returns the replies */
async function makeNoise(http: string, requests: number): Promise<string> {
  const load = startLoad({ origin: http, questions: { noise: NOISE }, clients: 16, rest: 0 });
  await eventually("so many are answered", () => load.seen().samples.length > requests, 60);
  const seen = await load.stop();
  expect(seen.answers).toEqual({ 401: expect.any(Number) });
  return seen.text;
}

/** Stops the gateway, whatever is left to write. @returns seconds until its end */
async function end({ child }: Started): Promise<string> {
  const before = performance.now();
  child.kill("SIGTERM");
  await eventually("it ends", () => hasEnded(child));
  expect(child.exitCode).toBe(0);
  return ((performance.now() - before) / 1000).toFixed(1);
}

const droppedIn = (text: string): number =>
  [...text.matchAll(/"dropped":(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);

/** Collects output from now on, until reading stops. */
function listenTo(stream: Readable) {
  let text = "";
  const hear = (chunk: Buffer) => {
    text += chunk.toString("latin1");
  };
  stream.on("data", hear);
  return { text: () => text, stop: () => void stream.off("data", hear).pause() };
}

/** A named pipe. Another process reads it, because a blocked read can't be cancelled. */
function makePipe() {
  const path = join(testFolder(), `output-${process.hrtime.bigint()}`);
  execFileSync("mkfifo", [path]);
  const held = openSync(path, "r+");
  closers.push(async () => closeSync(held));
  const read = () => {
    const reader = spawn("cat", [path], { stdio: ["ignore", "pipe", "ignore"] });
    closers.push(async () => reader.kill("SIGKILL"));
    return { stream: reader.stdout, end: () => void reader.kill("SIGKILL") };
  };
  return { held, read };
}

describe("the log of the gateway", () => {
  test.each(["a socket, as systemd's journal is one", "a pipe, as containers have one"])(
    "goes to %s, and is not read: the gateway serves, counts dropped lines, and shuts down on SIGTERM",
    async (place) => {
      const pipe = place.startsWith("a pipe") ? makePipe() : undefined;
      const started = await start(pipe?.held ?? "pipe");
      const saw = await makeNoise(started.http, MORE_THAN_WAIT);
      const reader = pipe?.read();
      const stream = reader?.stream ?? started.child.stdout;
      if (stream === null || stream === undefined) throw new Error("there is nothing to read");
      const heard = listenTo(stream);
      await eventually("what was dropped is told", () => droppedIn(heard.text()) > 0);
      const dropped = droppedIn(heard.text());
      await pullAt(started.http, "none", "after");
      await eventually("it goes on", () => heard.text().includes('"path":"/v2/after/manifests/latest"'));
      heard.stop();
      reader?.end();
      await makeNoise(started.http, SOME);
      const seconds = await end(started);
      addRow({
        part: "The gateway",
        fault: `its log goes to ${place}, and nobody reads it`,
        up: "everything",
        saw: `${saw}; ${dropped} lines were dropped, and counted in the log; the stop took ${seconds} s`,
      });
    },
  );

  test.each(["has been closed by its reader", "was closed from the start"])(
    "%s: the gateway serves and shuts down on SIGTERM",
    async (how) => {
      const started = await start(how.startsWith("has") ? "pipe" : "closed");
      started.child.stdout?.destroy();
      const saw = await makeNoise(started.http, MORE_THAN_WAIT);
      const seconds = await end(started);
      addRow({
        part: "The gateway",
        fault: `its standard output ${how}`,
        up: "everything",
        saw: `${saw}; the stop took ${seconds} s`,
      });
    },
  );

  test("is on a full disk with the audit log: the gateway serves, logs again after the fault, and shuts down on SIGTERM", async () => {
    const folder = join(testFolder(), "logs");
    mkdirSync(folder);
    execFileSync("/usr/bin/mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", folder]);
    closers.push(async () => execFileSync("/usr/bin/umount", ["-l", folder]));
    const [log, audit, filler] = ["log", "audit", "filler"].map((name) => join(folder, name));
    const fill = () => {
      expect(() => writeFileSync(filler ?? "", Buffer.alloc(65 * 1024 ** 2))).toThrow(/ENOSPC/);
    };
    const out = openSync(log ?? "", "a");
    closers.push(async () => closeSync(out));
    const started = await start(out, { audit_log: audit });
    fill();
    const saw = await makeNoise(started.http, MORE_THAN_WAIT);
    rmSync(filler ?? "");
    const dropped = () => [log, audit].map((path) => droppedIn(readFileSync(path ?? "", "utf8")));
    await eventually("what was dropped is told", () => dropped().every((count) => count > 0));
    const counts = dropped();
    await pullAt(started.http, "none", "after");
    await eventually("it goes on", () =>
      readFileSync(log ?? "", "utf8").includes('"path":"/v2/after/manifests/latest"'),
    );
    fill();
    await makeNoise(started.http, SOME);
    const seconds = await end(started);
    addRow({
      part: "The gateway",
      fault: "its log and its audit log are on a full disk",
      up: "everything",
      saw: `${saw}; ${counts[0]} and ${counts[1]} lines were dropped, and counted in them; the stop took ${seconds} s`,
    });
  });
});
