/** The cost of metrics: the section "Metrics" of docs/benchmarks.md. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Agent, request } from "undici";
import { processorTimeOf } from "../support/processes.ts";
import { load } from "./load.ts";
import { median } from "./median.ts";
import { machine, table, writeSection } from "./page.ts";
import { type BenchGateway, PullWorld } from "./pull-world.ts";
import { APP, bearer } from "./pulls.ts";

const ROUNDS = 30;
const SECONDS = 2;
/** Scrapes that are measured. The clock of processor time is too coarse for one. */
const SCRAPES = 300;
/** Prometheus's shortest usual interval. */
const SCRAPE_INTERVAL_S = 15;
const SWITCH = fileURLToPath(new URL("counting-switch.mjs", import.meta.url));

/** Process id of a gateway's worker. */
function workerOf({ process: { workers } }: BenchGateway): number {
  const [pid] = workers();
  if (pid === undefined) throw new Error("the gateway has no worker");
  return pid;
}

/** Processor time of a gateway's worker, in seconds. */
const processorTime = (gateway: BenchGateway): number => processorTimeOf(workerOf(gateway));

/** Runs the bench and writes the section. */
export async function metrics(): Promise<void> {
  const world = await PullWorld.open();
  const scraper = new Agent({ connect: { socketPath: join(world.folder, "admin.sock") } });
  try {
    const neighbours = await world.neighbours();
    const settings = { admin_listen: `unix:${join(world.folder, "admin.sock")}` };
    const gateway = await world.gateway(neighbours, settings, SWITCH);
    let isCounting = true;
    /** Microseconds of processor time for each request. */
    const cost = async (counting: boolean): Promise<number> => {
      if (counting !== isCounting) process.kill(workerOf(gateway), "SIGUSR2");
      isCounting = counting;
      const before = processorTime(gateway);
      const { rate } = await load({
        url: `${gateway.http}${APP}/blobs/${neighbours.blob}`,
        headers: bearer(gateway),
        seconds: SECONDS,
      });
      return ((processorTime(gateway) - before) / (rate * SECONDS)) * 1e6;
    };
    const scrape = async () => {
      const { statusCode, body } = await request("http://localhost/metrics", { dispatcher: scraper });
      await body.dump();
      if (statusCode !== 200) throw new Error(`the scrape was ${statusCode}`);
    };
    /** Seconds of processor time for each scrape of a gateway that has served. */
    const scrapeCost = async (): Promise<number> => {
      const before = processorTime(gateway);
      for (let index = 0; index < SCRAPES; index += 1) await scrape();
      return (processorTime(gateway) - before) / SCRAPES;
    };
    await cost(true);
    await cost(false);
    const rounds: number[][] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const measured: number[] = [];
      // Each comes first in every other round, since the machine gets faster and slower.
      for (const counting of round % 2 === 0 ? [true, false] : [false, true])
        measured[counting ? 0 : 1] = await cost(counting);
      rounds.push(measured);
    }
    const of = (index: number) => rounds.map((measured) => measured[index] ?? Number.NaN);
    const more = median(of(0).map((counts, round) => counts / (of(1)[round] ?? Number.NaN))) - 1;
    const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
    const each = (index: number) => `${median(of(index)).toFixed(1)} us`;
    const scraping = await scrapeCost();
    const rows = [
      ["counting each request", "< 2 %", percent(more), `${each(0)} against ${each(1)} of a request`],
      [
        `a scrape every ${SCRAPE_INTERVAL_S} s`,
        "< 2 %",
        percent(scraping / SCRAPE_INTERVAL_S),
        `${(scraping * 1000).toFixed(1)} ms for each`,
      ],
    ];
    for (const row of rows) process.stdout.write(`${row.join(" | ")}\n`);
    writeSection(
      "Metrics",
      `\`npm run bench -- metrics\`, processor time of one worker for a private blob redirect with Bearer, cached, with and without
the counting of requests, medians of ${ROUNDS} rounds of ${SECONDS} s in turn: ${machine()}.

${table(["Work", "Goal", "Measured", "Detail"], rows)}`,
    );
  } finally {
    await scraper.close();
    await world.close();
  }
}
