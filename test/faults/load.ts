/** Steady load with kept-alive connections, and the replies and latencies that its clients got. */
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../support/eventually.ts";

/** A repeated request. */
export interface Question {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request and its result. */
export interface Sample {
  readonly question: string;
  /** Milliseconds of `performance.now()` when it was sent. */
  readonly at: number;
  readonly ms: number;
  /** 0 without a reply. */
  readonly status: number;
  /** Text of the reply, or the error code. */
  readonly says: string;
  /** True if it was sent again because its kept-alive connection had been closed. */
  readonly again: boolean;
}

/** Options of a load. */
export interface LoadOptions {
  readonly origin: string;
  readonly questions: Readonly<Record<string, Question>>;
  /** Number of clients, each with one connection. */
  readonly clients?: number;
  /** Pause in milliseconds between a reply and the next request. */
  readonly rest?: number;
  /** A new connection for each request. */
  readonly fresh?: boolean;
}

/** Milliseconds that a client waits for a reply. */
export const PATIENCE = 20_000;
/** Number of consecutive equal replies after which a request counts as settled. */
const IN_A_ROW = 10;

type Answer = Pick<Sample, "status" | "says" | "again">;

function ask(origin: string, { path, headers }: Question, agent: Agent | false): Promise<Answer> {
  return new Promise((resolve) => {
    const asked = request(`${origin}${path}`, { agent, headers: { ...headers } }, (response) => {
      response.resume();
      response.on("end", () =>
        resolve({
          status: response.complete ? (response.statusCode ?? 0) : 0,
          says: response.headers["retry-after"] === undefined ? "" : "Retry-After",
          again: false,
        }),
      );
      response.on("error", (error) =>
        resolve({ status: 0, says: `broken off: ${error.message}`, again: false }),
      );
    });
    asked.setTimeout(PATIENCE, () => asked.destroy(new Error("no answer")));
    asked.on("error", (error) => {
      const code = "code" in error ? String(error.code) : error.message;
      // Clients retry on a kept-alive connection that was closed; it counts neither as a reply nor as an error.
      if (asked.reusedSocket && code === "ECONNRESET")
        void ask(origin, { path, headers: headers ?? {} }, agent).then((answer) =>
          resolve({ ...answer, again: true }),
        );
      else resolve({ status: 0, says: code, again: false });
    });
    asked.end();
  });
}

/** Replies and latencies. */
export class Seen {
  readonly samples: readonly Sample[];

  constructor(samples: readonly Sample[]) {
    this.samples = samples;
  }

  /** Samples of one request only, sent and answered within a period. */
  of(question: string, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY): Seen {
    return new Seen(
      this.samples.filter((one) => one.question === question && one.at >= from && one.at + one.ms <= to),
    );
  }

  /** Number of replies of each kind: `200`, `503 Retry-After`, `ECONNREFUSED`. */
  get answers(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { status, says } of this.samples) {
      const answer = [status || "", says].filter(Boolean).join(" ");
      counts[answer] = (counts[answer] ?? 0) + 1;
    }
    return counts;
  }

  /** The same as text. */
  get text(): string {
    return Object.entries(this.answers)
      .map(([answer, count]) => `${count} x ${answer}`)
      .join(", ");
  }

  /** The same for each request, as text. */
  get texts(): string {
    const questions = [...new Set(this.samples.map(({ question }) => question))].sort();
    return questions.map((question) => `${question}: ${this.of(question).text}`).join("; ");
  }

  /** Number of requests that were sent again. */
  get again(): number {
    return this.samples.filter(({ again }) => again).length;
  }

  /** The longest latency in milliseconds. */
  get slowest(): number {
    return Math.max(0, ...this.samples.map(({ ms }) => ms));
  }

  /** The 99th percentile of the latency in milliseconds. */
  get p99(): number {
    const sorted = this.samples.map(({ ms }) => ms).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  }

  /** Seconds from a moment until all later replies have this status. */
  recovery(since: number, status: number): number {
    const bad = this.samples.filter((one) => one.status !== status && one.at + one.ms >= since);
    const last = Math.max(since, ...bad.map(({ at, ms }) => at + ms));
    const good = this.samples.find((one) => one.at >= last && one.status === status);
    if (good === undefined) return Number.POSITIVE_INFINITY;
    return Math.round(Math.max(0, bad.length === 0 ? 0 : good.at + good.ms - since) / 10) / 100;
  }
}

/** A running load. */
export interface Load {
  /** Results so far. */
  seen(): Seen;
  /** Waits until replies to new requests have this status repeatedly. */
  settled(question: string, status: number): Promise<void>;
  /** Stops the load and returns all results. */
  stop(): Promise<Seen>;
}

export async function sampleOf(
  origin: string,
  name: string,
  question: Question,
  agent: Agent | false,
): Promise<Sample> {
  const at = performance.now();
  const answer = await ask(origin, question, agent);
  return { question: name, at, ms: performance.now() - at, ...answer };
}

/** Sends each request once, all at the same time. */
export async function askAtOnce(origin: string, questions: readonly Question[]): Promise<Seen> {
  return new Seen(await Promise.all(questions.map((one) => sampleOf(origin, one.path, one, false))));
}

/** Starts a load. */
export function startLoad({ origin, questions, clients = 4, rest = 10, fresh = false }: LoadOptions): Load {
  const samples: Sample[] = [];
  let running = true;
  const agents: Agent[] = [];
  const client = async (number: number) => {
    const agent = fresh ? false : new Agent({ keepAlive: true, maxSockets: 1 });
    if (agent !== false) agents.push(agent);
    const all = Object.entries(questions);
    for (let turn = number; running; turn += 1) {
      const [name, question] = all[turn % all.length] ?? ["", { path: "/" }];
      samples.push(await sampleOf(origin, name, question, agent));
      await sleep(rest);
    }
  };
  const all = Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  return {
    seen: () => new Seen([...samples]),
    settled: async (question, status) => {
      const from = performance.now();
      const isSettled = () => {
        const last = new Seen(samples).of(question, from).samples.slice(-IN_A_ROW);
        return last.length === IN_A_ROW && last.every((one) => one.status === status);
      };
      await eventually(`${question} is answered with ${status}`, isSettled, PATIENCE / 1000);
    },
    stop: async () => {
      running = false;
      await all;
      for (const agent of agents) agent.destroy();
      return new Seen(samples);
    },
  };
}
