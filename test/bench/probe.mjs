/** Preloaded into the gateway's processes: reports how long the event loop of its worker was blocked. */
import cluster from "node:cluster";
import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION = 5;

/** Passes the questions of the bench on to the worker, and its answers back. */
function relay() {
  process.on("message", (message) => {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.send(message);
  });
  cluster.on("message", (_, message) => {
    if (message?.stall !== undefined) process.send?.(message);
  });
  process.channel?.unref();
}

function measure() {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  delay.enable();
  process.on("message", (message) => {
    if (message === "reset") delay.reset();
    if (message === "read") process.send?.({ stall: Math.max(0, delay.max / 1e6 - RESOLUTION) });
  });
}

if (cluster.isPrimary) relay();
else measure();
