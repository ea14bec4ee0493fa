/** Loaded into the gateway's process before everything else: tells how long its event loop stood still. */
import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION = 5;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
delay.enable();
process.on("message", (message) => {
  if (message === "reset") delay.reset();
  if (message === "read") process.send?.({ stall: Math.max(0, delay.max / 1e6 - RESOLUTION) });
});
process.channel?.unref();
