import { readFileSync, renameSync } from "node:fs";
import { mkdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import { openAuditLog } from "../../src/logs/audit.ts";
import type { Decision } from "../../src/model/audit-events.ts";
import { eventually } from "../support/eventually.ts";
import { testFolder } from "../support/gateway.ts";

let files = 0;
function freshPath(): string {
  files += 1;
  return join(testFolder(), `audit-unit-${files}.log`);
}

const decision = (requestId: string, more: Partial<Decision> = {}): Decision => ({
  event: "login",
  decision: "refused",
  caller: "login",
  name: "alice",
  address: "192.0.2.1",
  operation: undefined,
  why: "wrong",
  requestId,
  ...more,
});

function openLog(target: string, buffer?: number) {
  const told: { level: number; msg: string }[] = [];
  const log = pino({ level: "warn" }, { write: (line: string) => void told.push(JSON.parse(line)) });
  const usual = { target, log, pause: 5 };
  const auditLog = openAuditLog(buffer === undefined ? usual : { ...usual, bufferBytes: buffer });
  return { told, health: auditLog.health, audit: auditLog.audit, close: () => auditLog.close() };
}

const linesOf = (path: string): Record<string, unknown>[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
const idsOf = (path: string): unknown[] => linesOf(path).map(({ request_id }) => request_id);

describe("the audit log in a file", () => {
  test("has one line of JSON for each decision, whatever a name contains", async () => {
    const path = freshPath();
    const { audit, close } = openLog(path);
    audit(decision("r-1", { name: `a"\n{}\u2028\u009b2J${"x".repeat(5000)}` }));
    audit(decision("r-2"));
    await close();
    expect(readFileSync(path, "utf8")).not.toMatch(/[\u007f-\u009f\u2028]/);
    expect(linesOf(path)[0]?.name).toMatch(/^a"\n\{\}\u2028\u009b2Jx/);
    expect(idsOf(path)).toEqual(["r-1", "r-2"]);
    expect(String(linesOf(path)[0]?.name)).toHaveLength(256);
    expect(linesOf(path)[1]).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      event: "login",
      decision: "refused",
      caller: "login",
      name: "alice",
      address: "192.0.2.1",
      why: "wrong",
      request_id: "r-2",
    });
  });

  test("continues in a new file after the old one was moved", async () => {
    const path = freshPath();
    const { audit, close } = openLog(path);
    audit(decision("before"));
    await eventually("the line is there", () => {
      try {
        return idsOf(path).includes("before");
      } catch {
        return false;
      }
    });
    renameSync(path, `${path}.1`);
    audit(decision("after"));
    await close();
    expect([idsOf(`${path}.1`), idsOf(path)]).toEqual([["before"], ["after"]]);
  });

  test("reports a write error once, buffers lines up to the limit and records the number of dropped lines", async () => {
    const path = freshPath();
    await mkdir(path);
    const { audit, close, told, health } = openLog(path, 1000);
    expect(health).toMatchObject({ isFailing: false, droppedLines: 0 });
    for (let index = 0; index < 20; index += 1) audit(decision(`r-${index}`));
    await eventually("it is told", () => told.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(told.map(({ msg }) => msg)).toEqual([expect.stringMatching("can't be written")]);
    expect(health.isFailing).toBe(true);
    await rmdir(path);
    await eventually("it is written", () => {
      try {
        return linesOf(path).some(({ event }) => event === "dropped");
      } catch {
        return false;
      }
    });
    await close();
    const kept = idsOf(path).filter((id) => id !== undefined);
    expect(kept).toEqual(kept.map((_, index) => `r-${index}`));
    expect(linesOf(path).at(-1)).toMatchObject({ event: "dropped", dropped: 20 - kept.length });
    expect(health).toMatchObject({ isFailing: false, droppedLines: 20 - kept.length });
    expect(kept.length).toBeGreaterThan(2);
  });

  test("reports a full disk once and still closes", async () => {
    const { audit, close, told } = openLog("/dev/full");
    audit(decision("r-1"));
    await eventually("it is told", () => told.length > 0);
    audit(decision("r-2"));
    await close();
    expect(told).toHaveLength(1);
  });

  test("has whole lines when several writers append", async () => {
    const path = freshPath();
    const writers = [openLog(path), openLog(path), openLog(path)];
    for (let index = 0; index < 300; index += 1) {
      for (const { audit } of writers) audit(decision(`r-${index}`));
      if (index % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 6));
    }
    await Promise.all(writers.map(({ close }) => close()));
    expect(linesOf(path)).toHaveLength(900);
  });
});

describe("the audit log in the gateway's log", () => {
  test("is written at every log level", () => {
    const { audit, told } = openLog("log");
    audit(decision("r-1"));
    expect(told).toMatchObject([{ audit: true, event: "login", request_id: "r-1", msg: "login refused" }]);
  });

  test("is not written when it is off", () => {
    const { audit, told } = openLog("off");
    audit(decision("r-1"));
    expect(told).toEqual([]);
  });
});
