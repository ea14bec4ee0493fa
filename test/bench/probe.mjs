/** Preloaded into the gateway's process: reports how long the event loop was blocked. */
import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION = 5;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
delay.enable();
process.on("message", (message) => {
  if (message === "reset") delay.reset();
  if (message === "read") process.send?.({ stall: Math.max(0, delay.max / 1e6 - RESOLUTION) });
});
process.channel?.unref();
