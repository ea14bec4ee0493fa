/** `npm run bench -- NAME...` runs these benches, without a name all of them; each writes its own section of docs/benchmarks.md. */
import { browsing } from "./browsing.ts";
import { facade } from "./facade.ts";
import { fleet } from "./fleet.ts";
import { memory } from "./memory.ts";
import { metrics } from "./metrics.ts";
import { pulls } from "./pulls.ts";
import { besideRealPulp } from "./real-pulp.ts";
import { streams } from "./streams.ts";
import { syncs } from "./syncs.ts";
import { versionPulls } from "./version-pulls.ts";
import { versionSyncs } from "./version-syncs.ts";

const BENCHES: Readonly<Record<string, () => Promise<void>>> = {
  pulls,
  facade,
  fleet,
  memory,
  metrics,
  streams,
  browsing,
  sync: syncs,
  "real-pulp": besideRealPulp,
};
/** Benches that need something to compare with, and run only by name. */
const COMPARISONS: typeof BENCHES = {
  versions: async () => {
    await versionPulls();
    await versionSyncs();
  },
  "version-pulls": versionPulls,
  "version-syncs": versionSyncs,
};

const all = { ...BENCHES, ...COMPARISONS };
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(BENCHES);
const unknown = names.filter((name) => !(name in all));
if (unknown.length > 0) {
  process.stderr.write(`no such bench: ${unknown.join(", ")}; there are ${Object.keys(all).join(", ")}\n`);
  process.exit(2);
}
for (const name of names) await all[name]?.();
