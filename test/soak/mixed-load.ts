/** What a site's clients do all day, and what they got: counts and latencies, in memory that does not grow. */
import { Agent } from "node:http";
import { request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { type Question, sampleOf } from "../faults/load.ts";
import { basic, type Site } from "../faults/site.ts";
import { callAt } from "../support/calls.ts";
import { pem } from "../support/gateway.ts";

/**
 * Replies that are right: of Pulp's and Katello's content also 503, while those are away. Katello is asked before a user who has just
 * logged in is refused.
 */
const RIGHT = {
  known: [200],
  host: [200],
  asked: [404, 503],
  listed: [200, 503],
  tagged: [200, 503],
  login: [200, 503],
} as const;
type Kind = keyof typeof RIGHT;

/** Milliseconds between two requests of a client. */
const RESTS_MS: Readonly<Record<Kind, number>> = {
  known: 5,
  host: 100,
  asked: 50,
  listed: 50,
  tagged: 50,
  login: 250,
};
const CLIENTS: Readonly<Record<Kind, number>> = {
  known: 4,
  host: 1,
  asked: 1,
  listed: 1,
  tagged: 1,
  login: 1,
};

/** Time after which the token of the load is replaced, long before it expires. */
const TOKEN_RENEWAL_MS = 60_000;
/** Wrong replies that are kept for the message of a failed test. */
const MAX_WRONG = 20;

/** A running load. */
export interface MixedLoad {
  /** Number of replies by kind and status. */
  readonly counts: ReadonlyMap<string, number>;
  /** The first wrong replies. */
  readonly wrong: readonly string[];
  /** Returns the latencies of cached pulls since the last call, in milliseconds. */
  latencies(): number[];
  stop(): Promise<void>;
}

/** Status of a pull by a host, over a TLS connection of its own. */
function pullByHost(https: string, path: string): Promise<number> {
  const tls = { ca: pem("ca.crt"), cert: pem("host.crt"), key: pem("host.key") };
  return new Promise((resolve) => {
    const sent = request(https + path, { agent: false, ...tls }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode ?? 0));
    });
    sent.on("error", () => resolve(0)).end();
  });
}

/** Starts the load on a site. */
export function startMixedLoad({ https, http, questions }: Site): MixedLoad {
  const counts = new Map<string, number>();
  const wrong: string[] = [];
  let latencies: number[] = [];
  let isRunning = true;
  let headers = questions.known.headers;

  async function renew(): Promise<void> {
    for (let last = performance.now(); isRunning; await sleep(100)) {
      if (performance.now() - last < TOKEN_RENEWAL_MS) continue;
      const { data } = await callAt(http, (gateway) => gateway.getToken({ headers: basic("alice:secret") }));
      // Katello is away for seconds; the token that is used lives for minutes.
      if (data === undefined) continue;
      headers = { authorization: `Bearer ${data.token}` };
      last = performance.now();
    }
  }

  const count = (kind: Kind, status: number, says: string): void => {
    const key = `${kind} ${status}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    const right: readonly number[] = RIGHT[kind];
    if (!right.includes(status) && wrong.length < MAX_WRONG) wrong.push(`${key} ${says}`);
  };

  async function client(kind: Kind): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (isRunning) {
      if (kind === "host") count(kind, await pullByHost(https, questions.known.path), "");
      else {
        const asked: Question =
          kind === "login" ? questions.login : { path: questions[kind].path, ...(headers && { headers }) };
        const { status, ms, says } = await sampleOf(http, kind, asked, agent);
        count(kind, status, says);
        if (kind === "known") latencies.push(ms);
      }
      await sleep(RESTS_MS[kind]);
    }
    agent.destroy();
  }

  const kinds = Object.keys(RIGHT) as Kind[];
  const all = Promise.all([
    renew(),
    ...kinds.flatMap((kind) => Array.from({ length: CLIENTS[kind] }, () => client(kind))),
  ]);
  return {
    counts,
    wrong,
    latencies: () => {
      const taken = latencies;
      latencies = [];
      return taken;
    },
    stop: async () => {
      isRunning = false;
      await all;
    },
  };
}
