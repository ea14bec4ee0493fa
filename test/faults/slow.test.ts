import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { describe, expect, test } from "@jest/globals";
import { eventually } from "../support/eventually.ts";
import { pem } from "../support/gateway.ts";
import { askAtOnce, type Question, type Seen } from "./load.ts";
import { basic, type Questions, type Site, type SiteOptions, startSite } from "./site.ts";
import { answeringLate } from "./switch.ts";
import { addRow } from "./table.ts";

/** Seconds until an upstream replies, and the gateway's timeout for it. */
const SLOW = 70;
const TIMEOUT = 5;
/** Timeout of a test in milliseconds: all tests run at the same time, each with its own site. */
const LONGEST = 240_000;

async function withSite(settings: SiteOptions["settings"], work: (site: Site) => Promise<void>) {
  const site = await startSite({ settings: { ...settings } });
  try {
    await work(site);
  } finally {
    await site.stop();
  }
}

interface SlowNeighbour {
  readonly site: Site;
  readonly who: "pulp" | "katello";
  /** The late reply. */
  readonly body: object;
  /** Requests that do not need the upstream, and one that does. */
  readonly others: readonly (keyof Questions)[];
  readonly needy: keyof Questions;
  /** Requests that arrive at once when it has just become slow. */
  readonly burst: readonly Question[];
}

/** Expects 503 or 504 with `Retry-After` after about the timeout. */
function expectTold(seen: Seen): void {
  const answers = Object.keys(seen.answers);
  expect(answers.filter((one) => one !== "503 Retry-After" && one !== "504 Retry-After")).toEqual([]);
  expect(seen.samples.length).toBeGreaterThan(0);
  expect(seen.slowest).toBeLessThan(3 * TIMEOUT * 1000);
}

/** Makes an upstream slow until its first replies are sent, and then normal again. */
async function endure({ site, who, body, others, needy, burst }: SlowNeighbour) {
  const place = site.switches[who];
  const neighbour = answeringLate(SLOW, body);
  const load = site.load([...others, needy], { clients: 6, rest: 50 });
  await load.settled(needy, 200);
  await place.set({ act: neighbour.act });
  const from = performance.now();
  const atOnce = await askAtOnce(site.http, burst);
  await sleep(from + SLOW * 1000 + TIMEOUT * 1000 - performance.now());
  const to = performance.now();
  await place.set(undefined);
  await load.settled(needy, 200);
  const seen = await load.stop();
  for (const one of others) expect(seen.of(one).answers).toEqual({ 200: expect.any(Number) });
  const told = seen.of(needy, from, to);
  expectTold(told);
  expectTold(atOnce);
  expect(told.answers).toHaveProperty("504 Retry-After");
  expect(told.answers).toHaveProperty("503 Retry-After");
  const slowest = (Math.max(told.slowest, atOnce.slowest) / 1000).toFixed(1);
  const saw =
    `${others.map((one) => `${one}: ${seen.of(one).text}; `).join("")}${needy}: ${told.text}; ` +
    `of ${burst.length} at once: ${atOnce.text}; it was asked ${neighbour.most()} questions at a time at the most; ` +
    `the longest wait was ${slowest} s`;
  return { atOnce, most: neighbour.most(), saw, seconds: seen.of(needy).recovery(to, 200) };
}

/** A peer that sends its body at a byte per second. */
function trickle(socket: Socket, headers: readonly string[], body: string) {
  let heard = "";
  let next = 0;
  socket.setEncoding("latin1").on("data", (text: string) => {
    heard += text;
  });
  socket.write(`${[...headers, "Host: localhost", `Content-Length: ${body.length}`].join("\r\n")}\r\n\r\n`);
  const ticking = setInterval(() => socket.write(body[next++] ?? ""), 1_000);
  socket.on("error", () => undefined).once("close", () => clearInterval(ticking));
  return { socket, heard: () => heard };
}

const FORM = "Content-Type: application/x-www-form-urlencoded";

async function pushSlowly(https: string) {
  const foreman = { ca: pem("ca.crt"), cert: pem("foreman.crt"), key: pem("foreman.key") };
  const { hostname, port } = new URL(https);
  const socket = connectTls({ host: hostname, port: Number(port), servername: "localhost", ...foreman });
  await once(socket, "secureConnect");
  const headers = ["PUT /container_gateway/repository_list/ HTTP/1.1", FORM];
  return trickle(
    socket,
    headers,
    "repositories[][repository]=a&repositories[][auth_required]=true&".repeat(9),
  );
}

async function logInSlowly(http: string) {
  const { hostname, port } = new URL(http);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  return trickle(
    socket,
    ["POST /v2/token HTTP/1.1", FORM],
    `grant_type=password&username=${"x".repeat(500)}`,
  );
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe("slow", () => {
  test.concurrent(
    `Pulp takes ${SLOW} s: cached requests are served, others get 503 or 504 in time, and at most pulp_max_waiting wait`,
    () =>
      withSite(
        { pulp_timeout: TIMEOUT, pulp_max_connections: 4, pulp_max_waiting: 8, tag_ttl: 0 },
        async (site) => {
          const { headers = {} } = site.questions.tagged;
          const { atOnce, most, saw, seconds } = await endure({
            site,
            who: "pulp",
            body: { name: "org/private-app", tags: ["latest"] },
            others: ["known", "login"],
            needy: "listed",
            burst: times(40, (index) => ({ path: `/v2/org/private-app/manifests/t-${index}`, headers })),
          });
          expect(most).toBeLessThanOrEqual(4);
          expect(atOnce.answers["504 Retry-After"]).toBeLessThanOrEqual(12);
          const fault = `takes ${SLOW} s to answer (pulp_timeout: ${TIMEOUT}, 4 connections, 8 may wait)`;
          addRow({
            part: "Pulp",
            fault,
            up: "what is known, and everything that needs no Pulp",
            saw,
            seconds,
          });
        },
      ),
    LONGEST,
  );

  test.concurrent(
    `Katello takes ${SLOW} s: pulls go on, logins get 503 or 504 in time, and its connections stay limited`,
    () =>
      withSite({ foreman_timeout: TIMEOUT }, async (site) => {
        const { most, saw, seconds } = await endure({
          site,
          who: "katello",
          body: { token: "late", expires_in: 360, issued_at: new Date().toISOString() },
          others: ["known", "listed"],
          needy: "login",
          burst: times(60, (index) => ({ path: "/v2/token", headers: basic(`user-${index}:secret`) })),
        });
        expect(most).toBeLessThanOrEqual(32);
        const fault = `takes ${SLOW} s to answer (foreman_timeout: ${TIMEOUT})`;
        addRow({ part: "Katello", fault, up: "pulls, known or not", saw, seconds });
      }),
    LONGEST,
  );

  test.concurrent(
    "syncs and logins at a byte per second: others are served, syncs among them, and slow ones get 408",
    () =>
      withSite({ max_requests: 8, request_timeout: 30 }, async (site) => {
        const senders = await Promise.all([
          ...times(10, () => pushSlowly(site.https)),
          ...times(10, () => logInSlowly(site.http)),
        ]);
        const load = site.load(["known", "listed", "login"], { rest: 50 });
        const from = performance.now();
        let syncs = 0;
        for (; performance.now() < from + 10_000; syncs += 1) await site.sync();
        const seen = await load.stop();
        expect(seen.answers).toEqual({ 200: expect.any(Number) });
        // All of this happened while they were sending. In the end each of them gets a reply.
        expect(senders.map(({ heard }) => heard())).toEqual(senders.map(() => ""));
        const told = () => senders.filter(({ heard }) => heard().startsWith("HTTP/1.1 408 ")).length;
        await eventually("they are told that they are slow", () => told() === senders.length, 90);
        for (const { socket } of senders) socket.destroy();
        addRow({
          part: "Bad peers",
          fault: "10 pushes and 10 logins, a byte a second (max_requests: 8, request_timeout: 30)",
          up: `all others: ${seen.texts}, and ${syncs} whole syncs of Katello's`,
          saw: `${told()} x 408`,
        });
      }),
    LONGEST,
  );
});
