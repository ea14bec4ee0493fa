/** The cost of metrics: the section "Metrics" of docs/benchmarks.md. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Agent, request } from "undici";
import { load } from "./load.ts";
import { machine, table, writeSection } from "./page.ts";
import { type BenchGateway, PullWorld } from "./pull-world.ts";
import { APP, bearer } from "./pulls.ts";

const ROUNDS = 30;
const SECONDS = 2;
const UNCOUNTED = fileURLToPath(new URL("uncounted.mjs", import.meta.url));
/** Processor time is counted in hundredths of a second, see proc_pid_stat(5). */
const TICKS_PER_SECOND = 100;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Processor time of a gateway's worker, in seconds. */
function processorTime({ process: { workers } }: BenchGateway): number {
  const [, fields = ""] = readFileSync(`/proc/${workers()[0]}/stat`, "utf8").split(") ");
  const [user = 0, system = 0] = fields.split(" ").slice(11, 13).map(Number);
  return (user + system) / TICKS_PER_SECOND;
}

/** Runs the bench and writes the section. */
export async function metrics(): Promise<void> {
  const world = await PullWorld.open();
  const scraper = new Agent({ connect: { socketPath: join(world.folder, "counted.sock") } });
  try {
    const neighbours = await world.neighbours();
    const socket = { admin_listen: `unix:${join(world.folder, "counted.sock")}` };
    const counted = await world.gateway(neighbours, socket);
    const uncounted = await world.gateway(neighbours, { admin_listen: "off" }, UNCOUNTED);
    /** Microseconds of processor time for each request. */
    const cost = async (gateway: BenchGateway, scrape: () => Promise<unknown>): Promise<number> => {
      const before = processorTime(gateway);
      const loaded = load({
        url: `${gateway.http}${APP}/blobs/${neighbours.blob}`,
        headers: bearer(gateway),
        seconds: SECONDS,
      });
      await scrape();
      const { rate } = await loaded;
      return ((processorTime(gateway) - before) / (rate * SECONDS)) * 1e6;
    };
    const scrape = async () => {
      const { statusCode, body } = await request("http://localhost/metrics", { dispatcher: scraper });
      await body.dump();
      if (statusCode !== 200) throw new Error(`the scrape was ${statusCode}`);
    };
    const none = () => Promise.resolve();
    await cost(counted, scrape);
    await cost(uncounted, none);
    const kinds = [() => cost(counted, scrape), () => cost(counted, none), () => cost(uncounted, none)];
    const rounds: number[][] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const measured: number[] = [];
      // Each kind comes first in one round of three, since the machine gets faster and slower.
      for (const turn of kinds.keys()) {
        const index = (turn + round) % kinds.length;
        measured[index] = (await kinds[index]?.()) ?? Number.NaN;
      }
      rounds.push(measured);
    }
    const of = (index: number) => rounds.map((measured) => measured[index] ?? Number.NaN);
    const base = of(2);
    const more = (index: number) => {
      const ratios = of(index).map((cost, round) => cost / (base[round] ?? Number.NaN));
      return `${((median(ratios) - 1) * 100).toFixed(1)} %`;
    };
    const each = (index: number) => `${median(of(index)).toFixed(1)} us`;
    const rows = [
      ["counting each request", "< 2 %", more(1), `${each(1)} against ${each(2)} of a request`],
      [
        `the same, with a scrape every ${SECONDS} s`,
        "< 2 %",
        more(0),
        `${each(0)} against ${each(2)} of a request`,
      ],
    ];
    for (const row of rows) process.stdout.write(`${row.join(" | ")}\n`);
    writeSection(
      "Metrics",
      `\`npm run bench -- metrics\`, processor time of one worker for a private blob redirect with Bearer, cached, against a gateway that
does not count its requests, medians of ${ROUNDS} rounds of ${SECONDS} s in turn: ${machine()}.

${table(["Work", "Goal", "Measured", "Detail"], rows)}`,
    );
  } finally {
    await scraper.close();
    await world.close();
  }
}
