/** What a connection and each request of a pull cost a server. */
import { processorTimeOf } from "../../support/processes.ts";
import { median } from "../median.ts";
import { runGenerator, type Sent, type Server } from "./generator.ts";
import type { PullRequests } from "./pull.ts";

const ROUNDS = 3;
const SECONDS = 2;
const NODES = 32;
/** Requests of one kind on each connection. */
const REPEATED = 100;

/** Microseconds of processor time that a server takes for each pull. */
async function microseconds(program: string, server: Server, requests: readonly Sent[]): Promise<number> {
  const used = () => server.pids.reduce((sum, pid) => sum + processorTimeOf(pid), 0);
  const rounds: number[] = [];
  await runGenerator(program, server, { requests, nodes: NODES, seconds: 1 });
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = used();
    const { pulls } = await runGenerator(program, server, { requests, nodes: NODES, seconds: SECONDS });
    rounds.push(((used() - before) / pulls) * 1e6);
  }
  return median(rounds);
}

/** Measures two servers. @returns rows of a table: a request, or a connection beside its requests, and its cost at each server */
export async function costs(
  program: string,
  { gateway, bare }: { readonly gateway: Server; readonly bare: Server },
  requestsByName: PullRequests,
): Promise<string[][]> {
  const rows: string[][] = [];
  let layer = { ours: 0, theirs: 0 };
  for (const [name, one] of Object.entries(requestsByName)) {
    const requests = Array.from({ length: REPEATED }, () => one);
    const ours = (await microseconds(program, gateway, requests)) / REPEATED;
    const theirs = (await microseconds(program, bare, requests)) / REPEATED;
    layer = { ours, theirs };
    rows.push([name, ours.toFixed(0), theirs.toFixed(0)]);
  }
  const alone = async (server: Server, request: number) =>
    ((await microseconds(program, server, [requestsByName.layer])) - request).toFixed(0);
  rows.push(["connection", await alone(gateway, layer.ours), await alone(bare, layer.theirs)]);
  return rows;
}
