/** Vital signs of a running gateway: its primary and all of its workers. */
import { readdirSync } from "node:fs";
import { type GatewayClient, unwrap } from "../../src/client/index.ts";
import type { GatewayProcess } from "../support/gateway-process.ts";
import { memoryOf } from "../support/processes.ts";

/** One reading. */
export interface Vitals {
  /** Resident memory of all processes in bytes. */
  readonly resident: number;
  /** Open file descriptors of all processes. */
  readonly descriptors: number;
  /** Timers of all workers that run. */
  readonly timers: number;
}

/** Sum of the values of a metric, of those with a label if given. */
function totalOf(text: string, name: string, label = ""): number {
  const lines = text.split("\n").filter((line) => line.startsWith(name) && line.includes(label));
  if (lines.length === 0) throw new Error(`no metric ${name} ${label}`);
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

/**
 * Reads the vital signs.
 * @param admin client of `admin_listen`
 */
export async function vitalsOf({ child, workers }: GatewayProcess, admin: GatewayClient): Promise<Vitals> {
  const text = await unwrap(admin.getMetrics({ parseAs: "text" }));
  const processes = [child.pid ?? 0, ...workers()];
  return {
    resident: processes.reduce((sum, pid) => sum + memoryOf(pid), 0),
    descriptors: processes.reduce((sum, pid) => sum + readdirSync(`/proc/${pid}/fd`).length, 0),
    timers: totalOf(text, "nodejs_active_resources{", 'type="Timeout"'),
  };
}

/** A message of `live-memory.mjs`. */
const isReply = (message: unknown): message is { pid: number; liveBytes: number } =>
  typeof message === "object" && message !== null && "liveBytes" in message;

/** Collects the garbage of all workers, and returns what they hold, in bytes. Their processes have `live-memory.mjs` preloaded. */
export function liveMemoryOf({ child, workers }: GatewayProcess): Promise<number> {
  return new Promise((resolve) => {
    const pending = new Set(workers());
    let live = 0;
    const onMessage = (message: unknown) => {
      if (!isReply(message) || !pending.delete(message.pid)) return;
      live += message.liveBytes;
      if (pending.size > 0) return;
      child.off("message", onMessage);
      resolve(live);
    };
    child.on("message", onMessage);
    child.send("live memory");
  });
}

/** A figure over time: seconds since the start, and its value. */
export type Series = readonly (readonly [seconds: number, value: number])[];

/** Number of parts of a series whose lowest values are compared: memory has the least garbage at its lowest. */
const PARTS = 12;

/** Slope of a line through the lowest values of a series, per hour; by least squares. */
export function slopePerHour(series: Series): number {
  const length = Math.ceil(series.length / PARTS);
  const lowest = Array.from({ length: Math.ceil(series.length / length) }, (_, part) =>
    series
      .slice(part * length, (part + 1) * length)
      .reduce((low, one) => (one[1] < low[1] ? one : low), [0, Number.POSITIVE_INFINITY] as const),
  );
  const mean = (of: 0 | 1) => lowest.reduce((sum, one) => sum + one[of], 0) / lowest.length;
  const [meanTime, meanValue] = [mean(0), mean(1)];
  const products = lowest.reduce((sum, [time, value]) => sum + (time - meanTime) * (value - meanValue), 0);
  const squares = lowest.reduce((sum, [time]) => sum + (time - meanTime) ** 2, 0);
  return (products / squares) * 3600;
}

/** Median of the values of a part of a series. */
export function medianOf(series: Series): number {
  const values = series.map(([, value]) => value).sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)] ?? Number.NaN;
}
