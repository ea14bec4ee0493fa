/** Large streamed blobs: the section "Streams" of docs/benchmarks.md. */
import { request } from "undici";
import { memoryOf } from "../support/processes.ts";
import { machine, table, writeSection } from "./page.ts";
import { type BenchGateway, PullWorld } from "./pull-world.ts";

const LENGTH = 2 * 1024 ** 3;
const ROUNDS = 3;
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Reads a body to its end, and returns MiB per second. */
async function transfer(url: string, headers: Record<string, string> = {}): Promise<number> {
  const started = performance.now();
  const { statusCode, body } = await request(url, { headers });
  if (statusCode !== 200) throw new Error(`${url} answers ${statusCode}`);
  let length = 0;
  for await (const chunk of body) length += chunk.length;
  if (length !== LENGTH) throw new Error(`${url} gave ${length} bytes of ${LENGTH}`);
  return length / 1024 ** 2 / ((performance.now() - started) / 1000);
}

/** MiB that the one worker had at most. */
const peakOf = ({ process: { workers } }: BenchGateway): number =>
  memoryOf(workers()[0] ?? 0, "VmHWM") / 1024 ** 2;

/** Runs the bench and writes the section. */
export async function streams(): Promise<void> {
  const world = await PullWorld.open();
  try {
    const storage = await world.yardstick("blob", String(LENGTH));
    const neighbours = await world.neighbours(0, storage.http);
    // A storage without TLS is allowed only if clients use plain HTTP, too.
    const plain = { content_delivery: "stream", client_endpoint: "http://127.0.0.1" };
    const gateway = await world.gateway(neighbours, plain);
    const proxy = await world.yardstick("proxy", storage.http);
    const path = `/v2/org/private-app/blobs/${neighbours.blob}`;
    const headers = { authorization: `Bearer ${gateway.token}` };
    const rounds: [number, number][] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      rounds.push([await transfer(gateway.http + path, headers), await transfer(proxy.http + path)]);
    }
    const ratio = median(rounds.map(([ours, theirs]) => ours / theirs));
    const [ours, theirs] = [median(rounds.map(([rate]) => rate)), median(rounds.map(([, rate]) => rate))];
    const rows = [
      [
        "a blob of 2 GiB through the gateway",
        ">= 0.8 x a plain Node.js reverse proxy",
        `${ratio.toFixed(2)} x`,
        `${ours.toFixed(0)} MiB/s against ${theirs.toFixed(0)} MiB/s`,
      ],
      ["peak resident memory", "< 200 MiB", `${peakOf(gateway).toFixed(0)} MiB`, ""],
    ];
    for (const row of rows) say(row.join(" | "));
    writeSection(
      "Streams",
      `\`npm run bench -- streams\`, medians of ${ROUNDS} rounds, alternating with the yardstick: ${machine()}.
With \`content_delivery: stream\`; a plain Node.js server delivers the blob over HTTP.

${table(["Work", "Goal", "Measured", "Detail"], rows)}`,
    );
  } finally {
    await world.close();
  }
}
