/** Syncs of this version against another one: both have their own database on one PostgreSQL, and sync in turn. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { median } from "./median.ts";
import { table } from "./page.ts";
import { startOwn } from "./postgres.ts";
import { nodeSender, startSite, stopSite, syncFolder, syncSteps } from "./sync-site.ts";
import { otherVersion } from "./versions.ts";

/** Rounds, each with new gateways and empty databases, and each begun by the other version. */
const ROUNDS = 5;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Seconds of one sync. */
type Both = readonly [ours: number, other: number];

const seconds = (values: readonly number[]): string => median(values).toFixed(2);

/** Formats the median of the ratios, those of each round, and the medians of both. */
function row(what: string, rounds: readonly Both[]): string[] {
  const ratios = rounds.map(([ours, other]) => ours / other);
  const each = ratios.map((ratio) => ratio.toFixed(2)).join(", ");
  const medians = [seconds(rounds.map(([ours]) => ours)), seconds(rounds.map(([, other]) => other))];
  return [what, `${median(ratios).toFixed(3)} x (${each})`, ...medians];
}

/** Runs the comparison. @throws Error if there is no other version */
export async function versionSyncs(): Promise<void> {
  const other = await otherVersion();
  const { folder, certificates } = await syncFolder();
  const postgres = await startOwn(join(folder, "postgres"));
  const results = new Map<string, Both[]>();
  const totals: Both[] = [];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const database = (name: string) => postgres.connectionString(`${name}_${round}`);
      const ours = await startSite(folder, database("ours"), certificates);
      const others = await startSite(folder, database("other"), certificates, other, {});
      const theirSteps = syncSteps(others, nodeSender(others));
      let total: Both = [0, 0];
      for await (const { what, run } of syncSteps(ours, nodeSender(ours))) {
        const step = await theirSteps.next();
        if (step.done === true) throw new Error(`the other version has no step ${what}`);
        const early = round % 2 === 0 ? await run() : undefined;
        const theirs = await step.value.run();
        const both = [early ?? (await run()), theirs] as const;
        results.set(what, [...(results.get(what) ?? []), both]);
        total = [total[0] + both[0], total[1] + both[1]];
        say(`${round} ${what}: ${both.map((each) => each.toFixed(2)).join(" against ")} s`);
      }
      totals.push(total);
      await stopSite(ours);
      await stopSite(others);
    }
    const rows = [...results].map(([what, rounds]) => row(what, rounds));
    say(table(["Sync", "Ours / other", "Ours, s", "Other, s"], [...rows, row("all", totals)]));
  } finally {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
