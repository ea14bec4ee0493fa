/** Large streamed blobs, and many at once: the section "Streams" of docs/benchmarks.md. */
import { request } from "undici";
import { memoryOf } from "../support/processes.ts";
import { buildGenerator, pinToFirstCore, pinToSecondCore, runGenerator } from "./fleet/generator.ts";
import { median } from "./median.ts";
import { machine, table, writeSection } from "./page.ts";
import { type BenchGateway, PullWorld } from "./pull-world.ts";

const LENGTH = 2 * 1024 ** 3;
const ROUNDS = 3;
/** Layers that are pulled at once, each over a connection of its own. */
const LAYERS = 100;
const LAYER_LENGTH = 8 * 1024 ** 2;
/** Layers of one round. */
const LAYERS_PER_ROUND = 3 * LAYERS;
const LAYER_ROUNDS = 5;
/** A storage without TLS is allowed only if clients use plain HTTP, too. */
const PLAIN = { content_delivery: "stream", client_endpoint: "http://127.0.0.1" };
const say = (text: string): void => void process.stdout.write(`${text}\n`);

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

/** Measures layers at once, through the gateway and through the yardstick in turn; each has one core, the clients and the storage the other one. */
async function layers(world: PullWorld): Promise<readonly string[]> {
  const program = buildGenerator(world.folder);
  const storage = await world.yardstick("blob", String(LAYER_LENGTH));
  const neighbours = await world.neighbours(0, storage.http);
  const gateway = await world.gateway(neighbours, {
    ...PLAIN,
    stream_limit: 2 * LAYERS,
    stream_limit_per_address: 2 * LAYERS,
  });
  const proxy = await world.yardstick("proxy", storage.http);
  pinToFirstCore([...gateway.process.workers(), proxy.pid]);
  pinToSecondCore([storage.pid]);
  const path = `/v2/org/private-app/blobs/${neighbours.blob}`;
  const text = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${gateway.token}\r\n\r\n`;
  const rate = async ({ http }: { readonly http: string }): Promise<number> => {
    const load = { requests: [{ text, status: 200 }], nodes: LAYERS, pulls: LAYERS_PER_ROUND, plain: true };
    const { pulls, seconds } = await runGenerator(program, { port: Number(new URL(http).port) }, load);
    return (pulls * LAYER_LENGTH) / 1024 ** 2 / seconds;
  };
  await rate(gateway);
  await rate(proxy);
  const rounds: [number, number][] = [];
  for (let round = 0; round < LAYER_ROUNDS; round += 1) rounds.push([await rate(gateway), await rate(proxy)]);
  const [ours, theirs] = [median(rounds.map(([mine]) => mine)), median(rounds.map(([, other]) => other))];
  return [
    `${LAYERS} layers of ${LAYER_LENGTH / 1024 ** 2} MiB at once`,
    ">= 0.9 x a plain Node.js reverse proxy",
    `${median(rounds.map(([mine, other]) => mine / other)).toFixed(2)} x`,
    `${ours.toFixed(0)} MiB/s against ${theirs.toFixed(0)} MiB/s`,
  ];
}

/** Runs the bench and writes the section. */
export async function streams(): Promise<void> {
  const world = await PullWorld.open();
  try {
    const storage = await world.yardstick("blob", String(LENGTH));
    const neighbours = await world.neighbours(0, storage.http);
    const gateway = await world.gateway(neighbours, PLAIN);
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
      await layers(world),
    ];
    for (const row of rows) say(row.join(" | "));
    writeSection(
      "Streams",
      `\`npm run bench -- streams\`, medians of ${ROUNDS} rounds, alternating with the yardstick: ${machine()}.
With \`content_delivery: stream\`; a plain Node.js server delivers the blobs over HTTP. Layers at once: medians of ${LAYER_ROUNDS} rounds of
${LAYERS_PER_ROUND} layers, a new connection each; gateway and yardstick on one core, clients and storage on the other.

${table(["Work", "Goal", "Measured", "Detail"], rows)}`,
    );
  } finally {
    await world.close();
  }
}
