/** Pulls of this version against another one. */
import { join } from "node:path";
import { processorTimeOf } from "../support/processes.ts";
import { type Load, load } from "./load.ts";
import { median } from "./median.ts";
import { table } from "./page.ts";
import { type BenchGateway, type Neighbours, PullWorld, type StartGateway } from "./pull-world.ts";
import { APP, bearer, crowdsAt, differentAccepts, fill, MANY_REPOSITORIES, SIZES } from "./pulls.ts";
import { otherVersion, servingPids } from "./versions.ts";

/** Two processes of one version differ by some per cent, so that several of each are compared. */
const PAIRS = 3;
/** Short rounds, since the machine gets faster and slower. */
const ROUNDS = 12;
const SECONDS = 1;
/** Until the code of a new process is optimized. */
const FIRST_WARM_UP_ROUNDS = 4;
const WARM_UP_ROUNDS = 1;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

type Pull = (gateway: BenchGateway) => Omit<Load, "seconds">;

/** Pulls from gateways with the same settings and content. */
interface Group {
  readonly neighbours: Neighbours;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Fills the database. */
  readonly fill?: (gateway: BenchGateway) => Promise<void>;
  readonly pulls: Readonly<Record<string, Pull>>;
}

/** Results of one gateway: requests per second, and microseconds of processor time for each request. */
interface Measured {
  readonly rate: number;
  readonly cost: number;
}
type Both = readonly [ours: Measured, other: Measured];

const processorTime = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + processorTimeOf(pid), 0);

/** Loads a gateway once. */
async function measure(pull: Pull, gateway: BenchGateway): Promise<Measured> {
  const pids = servingPids(gateway);
  const before = processorTime(pids);
  const { rate } = await load({ ...pull(gateway), seconds: SECONDS });
  return { rate, cost: ((processorTime(pids) - before) / (rate * SECONDS)) * 1e6 };
}

type Gateways = readonly [ours: BenchGateway, other: BenchGateway];

/** Measures two gateways in turn, each first in every other round. */
async function compare(pull: Pull, [ours, other]: Gateways, warmUpRounds: number): Promise<Both[]> {
  const rounds: Both[] = [];
  for (let round = -warmUpRounds; round < ROUNDS; round += 1) {
    const early = round % 2 === 0 ? await measure(pull, ours) : undefined;
    const others = await measure(pull, other);
    const both = [early ?? (await measure(pull, ours)), others] as const;
    if (round >= 0) rounds.push(both);
  }
  return rounds;
}

/** Starts a gateway of each version, and compares each pull of a group. @param isEven tells which starts first */
async function comparePair(
  world: PullWorld,
  { neighbours, settings, fill: content, pulls }: Group,
  other: StartGateway,
  isEven: boolean,
): Promise<Map<string, Both[]>> {
  const start = (starter?: StartGateway) => world.gateway(neighbours, settings, undefined, starter);
  const early = await start(isEven ? undefined : other);
  const late = await start(isEven ? other : undefined);
  const gateways: Gateways = isEven ? [early, late] : [late, early];
  if (content !== undefined) for (const gateway of gateways) await content(gateway);
  const results = new Map<string, Both[]>();
  for (const [work, pull] of Object.entries(pulls)) {
    const warmUpRounds = results.size === 0 ? FIRST_WARM_UP_ROUNDS : WARM_UP_ROUNDS;
    results.set(work, await compare(pull, gateways, warmUpRounds));
  }
  for (const gateway of gateways) await gateway.process.stop();
  return results;
}

/** Formats the median of the ratios of all rounds, those of each pair of processes, and the medians of both figures. */
function cell(pairs: readonly (readonly Both[])[], figure: keyof Measured): string {
  const ratioOf = (rounds: readonly Both[]) =>
    median(rounds.map(([ours, other]) => ours[figure] / other[figure]));
  const all = pairs.flat();
  const each = pairs.map((rounds) => ratioOf(rounds).toFixed(2)).join(", ");
  const [ours, other] = [all.map(([one]) => one[figure]), all.map(([, one]) => one[figure])];
  return `${ratioOf(all).toFixed(3)} x (${each}; ${median(ours).toFixed(0)} against ${median(other).toFixed(0)})`;
}

async function groupsOf(world: PullWorld): Promise<Group[]> {
  const near = await world.neighbours();
  const far = await world.neighbours(20);
  const certificate = join(world.folder, "host.pem");
  const script = differentAccepts(world.folder);
  const get =
    (path: string): Pull =>
    (gateway) => ({ url: gateway.http + path, headers: bearer(gateway) });
  const blob = `${APP}/blobs/${near.blob}`;
  const tag: Pull = (gateway) => ({ url: gateway.http, headers: bearer(gateway), script });
  return [
    {
      neighbours: near,
      pulls: {
        "private blob redirect with Bearer, cached": get(blob),
        "the same, host certificate over kept-alive TLS": ({ https }) => ({ url: https + blob, certificate }),
        "manifest by digest, cached": get(`${APP}/manifests/${near.manifest}`),
      },
    },
    {
      neighbours: near,
      settings: { redirect_ttl: 0, tag_ttl: 0 },
      pulls: { "manifest by tag, uncached, a different `Accept` in each request": tag },
    },
    { neighbours: far, pulls: { "Pulp 20 ms away, cached": get(`${APP}/blobs/${far.blob}`) } },
    {
      neighbours: near,
      settings: { memory_limit: 0 },
      pulls: { "pull with a query to PostgreSQL": get(blob) },
    },
    {
      neighbours: near,
      fill: ({ sql }) => sql(MANY_REPOSITORIES),
      pulls: { "`_catalog`, 1,000 of 5,000 repositories visible": get("/v2/_catalog") },
    },
    { neighbours: near, settings: { workers: 2 }, pulls: { "2 workers": get(blob) } },
    ...SIZES.flatMap((size): Group[] => {
      const content = (gateway: BenchGateway) => fill(gateway, size);
      const name = `${size.repositories} repositories and ${size.hosts * size.each} grants`;
      return [
        { neighbours: near, fill: content, pulls: { [`pull, ${name}`]: get(blob) } },
        {
          neighbours: near,
          settings: { memory_limit: 0 },
          fill: content,
          pulls: { [`pull with a query to PostgreSQL, ${name}`]: get(blob) },
        },
      ];
    }),
  ];
}

/** Sends crowds to gateways of both versions in turn, and prints what reached the upstreams. */
async function compareCrowds(world: PullWorld, other: StartGateway): Promise<void> {
  const rows: string[][] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const neighbours = await world.neighbours(20);
    for (const [name, starter] of [
      ["ours", undefined],
      ["other", other],
    ] as const) {
      const gateway = await world.gateway(neighbours, {}, undefined, starter);
      const { loginFailures, toKatello, loginSeconds, tagFailures, toPulp, tagSeconds } = await crowdsAt(
        neighbours,
        gateway,
      );
      const logins = `${toKatello} to Katello, ${loginFailures} failures, ${loginSeconds.toFixed(2)} s`;
      rows.push([name, logins, `${toPulp} to Pulp, ${tagFailures} failures, ${tagSeconds.toFixed(2)} s`]);
      await gateway.process.stop();
    }
  }
  say(
    table(["Version", "1,000 logins of one user at once", "500 requests for an uncached tag at once"], rows),
  );
}

/** Runs the comparison. @throws Error if there is no other version */
export async function versionPulls(): Promise<void> {
  const other = await otherVersion();
  const world = await PullWorld.open();
  try {
    const rows: string[][] = [];
    for (const group of await groupsOf(world)) {
      const pairs: Map<string, Both[]>[] = [];
      while (pairs.length < PAIRS) pairs.push(await comparePair(world, group, other, pairs.length % 2 === 0));
      for (const work of Object.keys(group.pulls)) {
        const results = pairs.map((pair) => pair.get(work) ?? []);
        rows.push([work, cell(results, "rate"), cell(results, "cost")]);
        say(rows.at(-1)?.join(" | ") ?? "");
      }
    }
    await compareCrowds(world, other);
    say(table(["Work", "Requests per second", "Processor time of a request, us"], rows));
  } finally {
    await world.close();
  }
}
