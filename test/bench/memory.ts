/** Memory of a gateway with a full cache: the section "Memory" of docs/benchmarks.md. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { memoryOf } from "../support/processes.ts";
import { load } from "./load.ts";
import { machine, table, writeSection } from "./page.ts";
import { type BenchGateway, PullWorld } from "./pull-world.ts";

const PULLS = 1_000_000;
const SECONDS = 20;
const APP = "/v2/org/private-app";

/** MiB of the one worker. */
const rssOf = ({ process: { workers } }: BenchGateway): number => memoryOf(workers()[0] ?? 0) / 1024 ** 2;

/** Requests another blob each time: Pulp answers 404, which is cached. */
const scriptFrom = (first: number): string => `local n = ${first}
request = function()
  n = n + 1
  return wrk.format("GET", "${APP}/blobs/sha256:" .. string.format("%064x", n))
end`;

/** Runs the bench and writes the section. */
export async function memory(): Promise<void> {
  const world = await PullWorld.open();
  try {
    const neighbours = await world.neighbours();
    const gateway = await world.gateway(neighbours, { tag_ttl: 3600 });
    const idle = rssOf(gateway);
    const script = join(world.folder, "distinct.lua");
    const headers = { authorization: `Bearer ${gateway.token}` };
    let pulls = 0;
    while (pulls < PULLS) {
      writeFileSync(script, scriptFrom(pulls));
      const { rate } = await load({ url: gateway.http, headers, seconds: SECONDS, script, refused: true });
      pulls += Math.round(rate * SECONDS);
    }
    const after = rssOf(gateway);
    const rows = [
      ["idle", "< 120 MB", `${idle.toFixed(0)} MiB`],
      [
        `after ${pulls.toLocaleString("en")} distinct pulls, cached as far as \`memory_limit\` allows`,
        "at most `memory_limit` (64 MiB) more",
        `${after.toFixed(0)} MiB`,
      ],
    ];
    for (const row of rows) process.stdout.write(`${row.join(" | ")}\n`);
    writeSection(
      "Memory",
      `\`npm run bench -- memory\`, resident memory of one worker with the default \`memory_limit\`: ${machine()}.

${table(["When", "Goal", "Measured"], rows)}`,
    );
  } finally {
    await world.close();
  }
}
