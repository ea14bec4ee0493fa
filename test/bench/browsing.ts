/** Searching and the Flatpak index of a large site: the section "Browsing" of docs/benchmarks.md. */
import { request } from "undici";
import { createFlatpak } from "../../src/handlers/flatpak.ts";
import type { IndexedRepository } from "../../src/model/content.ts";
import { load } from "./load.ts";
import { median } from "./median.ts";
import { machine, table, writeSection } from "./page.ts";
import { PullWorld } from "./pull-world.ts";

const INDEXED = 2_000;
const ENTRY_BYTES = 2_600;
const ROUNDS = 50;

/** An index of 5 MB, in which every second repository is visible. */
async function filterTime(): Promise<number> {
  const results: IndexedRepository[] = Array.from({ length: INDEXED }, (_, index) => {
    const name = `org/flatpak-${index}`;
    return {
      name,
      json: JSON.stringify({ Name: name, Images: [{ Labels: { x: "y".repeat(ENTRY_BYTES) } }] }),
    };
  });
  const visible = results.filter((_, index) => index % 2 === 0).map(({ name }) => name);
  const { getStaticIndex } = createFlatpak({
    // Another list each time, as from a new reply of Pulp.
    indexes: { find: async () => [...results], isThere: async () => undefined },
    catalog: { visible: async () => visible },
    resolveCaller: async () => ({ kind: "anonymous", token: false }),
    open: false,
  });
  const call = {
    caller: { kind: "anonymous", token: false },
    origin: "https://h",
    rawQuery: "",
    headers: {},
  };
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const started = performance.now();
    await Reflect.apply(getStaticIndex, undefined, [call]);
    times.push(performance.now() - started);
  }
  return median(times);
}

/** Runs the bench and writes the section. */
export async function browsing(): Promise<void> {
  const world = await PullWorld.open();
  try {
    const gateway = await world.gateway(await world.neighbours());
    await gateway.sql(
      `INSERT INTO repositories (name, auth_required) SELECT 'org/product-' || n % 500 || '/repo-' || n, n % 2 = 0 FROM generate_series(1, 20000) n;
       ANALYZE repositories`,
    );
    const headers = { authorization: `Bearer ${gateway.token}` };
    const url = `${gateway.http}/v1/search?q=repo-199&n=25`;
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const started = performance.now();
      await (await request(url, { headers })).body.dump();
      times.push(performance.now() - started);
    }
    const crowded = await load({ url, headers, seconds: 4 });
    const rows = [
      [
        "a search over 20,000 repositories",
        "< 50 ms",
        `${median(times).toFixed(1)} ms`,
        `${crowded.rate.toFixed(0)}/s, 32 concurrent`,
      ],
      [
        "a Flatpak index of 5 MB, filtered",
        "< 30 ms of the event loop",
        `${(await filterTime()).toFixed(1)} ms`,
        `${INDEXED.toLocaleString("en")} repositories, half of them visible`,
      ],
    ];
    for (const row of rows) process.stdout.write(`${row.join(" | ")}\n`);
    writeSection(
      "Browsing",
      `\`npm run bench -- browsing\`, medians of ${ROUNDS}: ${machine()}.\n\n${table(["Work", "Goal", "Measured", "Detail"], rows)}`,
    );
  } finally {
    await world.close();
  }
}
