/** The load generator of the fleet, a Go program that is built at each run. */
import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const SOURCES = fileURLToPath(new URL(".", import.meta.url));

/** A request as it is sent, and the expected status. */
export interface Sent {
  readonly text: string;
  readonly status: number;
}

/** A server that is measured: its port, and the processes that get the first core. */
export interface Server {
  readonly port: number;
  readonly pids: readonly number[];
}

/** Nodes that pull at the same time, for some seconds or until there have been enough pulls. */
export interface Load {
  readonly requests: readonly Sent[];
  readonly nodes: number;
  readonly seconds?: number;
  readonly pulls?: number;
  /** True for http; TLS by default. */
  readonly plain?: boolean;
  /** True if all nodes have one address, as behind a router; by default each has its own. */
  readonly shared?: boolean;
}

/** Result of a load. */
export interface Result {
  readonly pulls: number;
  readonly failed: number;
  readonly seconds: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly error: string;
}

/** Builds the program into a folder. @returns its path; @throws Error if there is no Go */
export function buildGenerator(folder: string): string {
  const program = join(folder, "fleet");
  const env = { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "local" };
  try {
    execFileSync("go", ["build", "-buildvcs=false", "-o", program, "."], { cwd: SOURCES, env });
  } catch (cause) {
    throw new Error("the load generator can't be built: install Go 1.22 or newer", { cause });
  }
  return program;
}

/** Gives the first core to processes that are measured. */
export function pinToFirstCore(pids: readonly number[]): void {
  for (const pid of pids) execFileSync("taskset", ["-acp", "0", String(pid)]);
}

/** Gives the second core to processes beside them. */
export function pinToSecondCore(pids: readonly number[]): void {
  for (const pid of pids) execFileSync("taskset", ["-acp", "1", String(pid)]);
}

/** Loads a server from the second core. @throws Error if a pull fails */
export async function runGenerator(
  program: string,
  { port }: Pick<Server, "port">,
  load: Load,
): Promise<Result> {
  const order = { address: `127.0.0.1:${port}`, name: "localhost", seconds: 0, pulls: 0, ...load };
  const child = spawn("taskset", ["-c", "1", program], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(order));
  const result: Result = JSON.parse(await text(child.stdout));
  if (result.failed > 0) throw new Error(`${result.failed} pulls failed: ${result.error}`);
  return result;
}
