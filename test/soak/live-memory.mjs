/** Preloaded into the gateway's processes: collects garbage when the test asks for it, and says what its workers hold then. */
import cluster from "node:cluster";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const REQUEST = "live memory";

/** Passes the request on to the workers, and their replies back. */
function relay() {
  process.on("message", (message) => {
    if (message !== REQUEST) return;
    for (const worker of Object.values(cluster.workers ?? {})) worker?.send(message);
  });
  cluster.on("message", ({ process: { pid } }, message) => {
    if (message?.liveBytes !== undefined) process.send?.({ pid, ...message });
  });
  process.channel?.unref();
}

function reply() {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  process.on("message", (message) => {
    if (message !== REQUEST) return;
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    process.send?.({ liveBytes: heapUsed + arrayBuffers });
  });
}

if (cluster.isPrimary) relay();
else reply();
