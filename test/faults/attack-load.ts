/** An abusive caller, and the latencies of all other clients. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, type RequestOptions, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { childrenOf, memoryOf } from "../support/processes.ts";

/** A request that one of the other clients repeats. */
export interface Ask {
  readonly options: RequestOptions;
  /** The expected status. */
  readonly status: number;
  /** A new connection for each request. */
  readonly fresh?: boolean;
}

/** Results of the requests of one kind. */
export interface Experience {
  readonly count: number;
  /** Longest latency in milliseconds. */
  readonly slowest: number;
  /** Unexpected replies, each once. */
  readonly wrong: readonly string[];
}

const LONGEST_MS = 15_000;
const REST_MS = 20;

function answerTo({ options }: Ask, agent: Agent | false): Promise<string> {
  return new Promise((resolve) => {
    const asked = request({ ...options, agent }, (response) => {
      response.resume();
      response.on("end", () => resolve(String(response.statusCode)));
      response.on("error", (error) => resolve(`broken off: ${error.message}`));
    });
    asked.setTimeout(LONGEST_MS, () => asked.destroy(new Error("no answer")));
    asked.on("error", (error) => resolve(error.message));
    asked.end();
  });
}

/** Runs the other clients for some seconds; each sends one request after the other. */
export async function experience(
  asks: Readonly<Record<string, Ask>>,
  seconds: number,
): Promise<Record<string, Experience>> {
  const end = performance.now() + seconds * 1000;
  const one = async (name: string, ask: Ask) => {
    const agent = ask.fresh === true ? false : new Agent({ keepAlive: true, maxSockets: 1 });
    const wrong = new Set<string>();
    let [count, slowest] = [0, 0];
    while (performance.now() < end) {
      const from = performance.now();
      const answer = await answerTo(ask, agent);
      slowest = Math.max(slowest, performance.now() - from);
      count += 1;
      if (answer !== String(ask.status)) wrong.add(answer);
      await sleep(REST_MS);
    }
    if (agent !== false) agent.destroy();
    return [name, { count, slowest, wrong: [...wrong] }] as const;
  };
  return Object.fromEntries(await Promise.all(Object.entries(asks).map(([name, ask]) => one(name, ask))));
}

/** The addresses of an attack, and its way to the gateway. */
export interface Attack {
  readonly attack: string;
  readonly port: number;
  /** Local addresses, used in turn. */
  readonly addresses: readonly string[];
  /** Addresses in `X-Forwarded-For`, used in turn. */
  readonly forwarded: readonly string[];
  readonly token: string;
  readonly name: string;
  readonly blob: string;
}

/** Starts an attack. The attacker runs at low priority, as if on a machine of its own. */
export async function startAttack(attack: Attack): Promise<ChildProcess> {
  const program = fileURLToPath(new URL("attacker.mjs", import.meta.url));
  const args = ["-n", "19", process.execPath, program, JSON.stringify(attack)];
  const child = spawn("nice", args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const ended = once(child, "exit").then(() => {
    throw new Error("the attack has ended before it began");
  });
  await Promise.race([once(child, "message"), ended]);
  return child;
}

/** Stops an attack. */
export async function endAttack(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) throw new Error("the attack has ended by itself");
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** Resident bytes of a process and its children. */
export const residentBytes = (pid: number): number =>
  [pid, ...childrenOf(pid)].reduce((sum, one) => sum + memoryOf(one), 0);
