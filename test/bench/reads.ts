/**
 * A process that pulls at a steady rate through the gateway and records the latencies. It is also the Pulp behind the
 * gateway, and replies immediately.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Pool } from "undici";
import { repository } from "./site.ts";

/** Pulls per second. */
const PACE = 200;
const DIGEST = `sha256:${"0".repeat(64)}`;

const pulp = createServer((request, response) => {
  const { port }: AddressInfo = request.socket.address() as AddressInfo;
  const expires = Math.floor(Date.now() / 1000) + 3600;
  const location = `http://127.0.0.1:${port}/pulp/container${request.url}?expires=${expires}&validate_token=x`;
  response.writeHead(302, { Location: location }).end();
});
pulp.listen(0, "127.0.0.1", () => process.send?.({ pulp: (pulp.address() as AddressInfo).port }));

let pool: Pool | undefined;
let timer: NodeJS.Timeout | undefined;
let token = "";
let times: number[] = [];
let refused = 0;

async function pull(turn: number, due: number): Promise<void> {
  const path = `/v2/${repository(turn % 50)}/blobs/${DIGEST}`;
  const headers = { authorization: `Bearer ${token}` };
  const answer = await pool?.request({ method: "GET", path, headers });
  await answer?.body.dump();
  if (answer?.statusCode !== 302) refused += 1;
  times.push(performance.now() - due);
}

function start(): void {
  times = [];
  refused = 0;
  const began = performance.now();
  let sent = 0;
  timer = setInterval(() => {
    // Latency counts from the scheduled time.
    for (; sent * (1000 / PACE) < performance.now() - began; sent += 1) {
      void pull(sent, began + sent * (1000 / PACE)).catch(() => {
        refused += 1;
      });
    }
  }, 2);
}

process.on("message", (message: { url?: string; token?: string; do?: string }) => {
  if (message.url !== undefined) pool = new Pool(message.url, { connections: 16 });
  if (message.token !== undefined) token = message.token;
  if (message.do === "start") start();
  if (message.do === "stop") {
    clearInterval(timer);
    process.send?.({ times, refused });
  }
});
process.on("disconnect", () => process.exit());
