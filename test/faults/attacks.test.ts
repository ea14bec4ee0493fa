import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createDatabase, query } from "../support/database.ts";
import {
  type Ask,
  type Experience,
  endAttack,
  experience,
  residentBytes,
  startAttack,
} from "./attack-load.ts";
import { type Site, startSite } from "./site.ts";
import { addRow } from "./table.ts";

/** Seconds without and with the attack during which the other clients are measured. */
const WATCHED_S = 3;
const MOST_WATCHES = 5;
const MOST_GROWTH_BYTES = 64 * 1024 ** 2;
const INDEX = "/index/static?label:org.flatpak.ref:exists=1&tag=latest";
/** A trusted reverse proxy. */
const PROXY = "127.0.0.3";
const BLOB_BYTES = 16 * 1024 ** 2;
const MANY_NAMES = 20_000;

const WAYS: Readonly<Record<string, { addresses: readonly string[]; forwarded: readonly string[] }>> = {
  "from one address": { addresses: ["127.0.0.9"], forwarded: [] },
  "from two addresses": { addresses: ["127.0.0.9", "127.0.0.10"], forwarded: [] },
  "through a trusted reverse proxy": { addresses: [PROXY], forwarded: ["203.0.113.9"] },
  "from an IPv6 /48 through a trusted reverse proxy": {
    addresses: [PROXY],
    forwarded: Array.from({ length: 4_096 }, (_, index) => `2001:db8:1:${index.toString(16)}::1`),
  },
};

/**
 * Attacks, each with a description and its ways to the gateway. Silent connections end at a reverse proxy, and so do requests
 * with too many header lines (LimitRequestFields of Apache: 100).
 */
const ATTACKS: readonly [attack: string, what: string, ways: readonly string[]][] = [
  ["chunks", "200 login forms in pieces of one byte", Object.keys(WAYS)],
  ["silent", "5,500 connections that say nothing", Object.keys(WAYS).slice(0, 2)],
  ["readers", "256 readers of a streamed layer who take a byte a second", Object.keys(WAYS)],
  ["pipelined", "one connection with 6,000 requests at once", Object.keys(WAYS)],
  ["pipelined a little", "300 connections with 20 requests at once", Object.keys(WAYS)],
  ["referrers", "350 connections that ask for referrers of made-up digests", Object.keys(WAYS)],
  ["index", "64 connections with another Flatpak index each time", Object.keys(WAYS)],
  ["search", "200 connections that search", Object.keys(WAYS)],
  ["logins", "2,000 logins at once, each of another made-up name", Object.keys(WAYS)],
  ["guesses at one account", "500 guesses at once at one account", Object.keys(WAYS)],
  ["replies", "78 replies of 2 MB, each another, that nobody reads", Object.keys(WAYS)],
  ["unknown paths", "900 connections that ask for what is not there", Object.keys(WAYS)],
  ["contract", "900 connections that read the contract", Object.keys(WAYS)],
  ["bundle", "500 connections that read the API page's script", Object.keys(WAYS)],
  ["administration", "900 connections that try to administer", Object.keys(WAYS)],
  ["health", "900 connections that probe its health", Object.keys(WAYS)],
  ["header lines", "900 connections with 6,000 header lines", Object.keys(WAYS).slice(0, 2)],
  ["docs", "paths of 60,000 letters below /docs/", Object.keys(WAYS)],
];

let site: Site;
let asks: Readonly<Record<string, Ask>>;
let peace: Record<string, Experience>;
const blob = `sha256:${randomBytes(32).toString("hex")}`;

/** A gateway under attack, and the requests of the other clients. */
async function start() {
  const database = await createDatabase();
  site = await startSite({
    database,

    settings: { content_delivery: "stream", tag_ttl: 0, trusted_proxies: [PROXY], workers: 1 },
  });
  const image = site.pulp.images.get("org/private-app");
  if (image === undefined) throw new Error("there is no such image");
  const blobs = new Map([...image.blobs, [blob, Buffer.alloc(BLOB_BYTES)]]);
  site.pulp.images.set(image.name, { ...image, tags: image.tags, manifests: image.manifests, blobs });
  await query(
    database,
    `INSERT INTO repositories (name, auth_required) SELECT 'org/' || repeat(md5(n::text), 3), false FROM generate_series(1, ${MANY_NAMES}) n`,
  );
  await query(database, "NOTIFY container_gateway, 'repositories *'");
  const { hostname, port } = new URL(site.http);
  const { known, listed, login } = site.questions;
  const socketPath = site.process.addresses[2]?.replace(/^unix:/, "") ?? "";
  const get = (path: string, headers: Readonly<Record<string, string>> = {}) => ({
    options: { host: hostname, port, path, headers: { ...headers }, localAddress: "127.0.0.1" },
    status: 200,
  });
  asks = {
    "a cached pull": get(known.path, known.headers),
    "a pull over a new connection": { ...get(known.path, known.headers), fresh: true },
    "an uncached answer": get(listed.path, listed.headers),
    "a login": get(login.path, login.headers),
    "the index": get(INDEX, known.headers),
    "the search": get("/v1/search?q=app"),
    "a health probe": { ...get("/healthz"), fresh: true },
    Foreman: { options: { socketPath, path: "/users" }, status: 200 },
  };
  await experience(asks, 2);
  peace = await experience(asks, WATCHED_S);
}

const attackOptions = (attack: string, way: string) => {
  const { addresses = [], forwarded = [] } = WAYS[way] ?? {};
  const port = Number(new URL(site.http).port);
  return { attack, port, addresses, forwarded, token: site.token, name: "org/private-app", blob };
};

/** Milliseconds that a reply may take during an attack: three times as long as without, and 50. */
const mostMs = (name: string): number => 3 * (peace[name]?.slowest ?? 0) + 50;

/** The requests among `names` with a latency above the limit. */
const lateIn = (seen: Readonly<Record<string, Experience>>, names: readonly string[]): string[] =>
  names.filter((name) => (seen[name]?.slowest ?? 0) > mostMs(name));

describe("an abusive caller causes no refusals or long latencies for others", () => {
  beforeAll(start, 60_000);
  afterAll(() => site.stop());

  test("no request is refused without an attack", () => {
    expect(Object.values(peace).flatMap(({ wrong }) => wrong)).toEqual([]);
  });

  test.each(ATTACKS.flatMap(([attack, what, ways]) => ways.map((way) => [what, way, attack] as const)))(
    "%s, %s",
    async (what, way, attack) => {
      const pid = site.process.child.pid ?? 0;
      const before = residentBytes(pid);
      let most = 0;
      const looks = setInterval(() => {
        most = Math.max(most, residentBytes(pid));
      }, 200);
      const attacker = await startAttack(attackOptions(attack, way));
      let seen: Record<string, Experience> = {};
      let late = Object.keys(asks);
      try {
        // A delay of the machine happens once; a delay by the attack happens each time.
        for (let time = 0; time < MOST_WATCHES && late.length > 0; time += 1) {
          seen = await experience(asks, WATCHED_S);
          expect(Object.entries(seen).filter(([, { wrong }]) => wrong.length > 0)).toEqual([]);
          late = lateIn(seen, late);
        }
      } finally {
        clearInterval(looks);
        await endAttack(attacker);
      }
      const waited = late.map((name) => `${name}: ${seen[name]?.slowest} ms, may take ${mostMs(name)} ms`);
      expect(waited).toEqual([]);
      const growth = most - before;
      expect(growth).toBeLessThan(MOST_GROWTH_BYTES);
      const slowest = Math.max(...Object.values(seen).map((one) => one.slowest));
      const inPeace = Math.max(...Object.values(peace).map((one) => one.slowest));
      addRow({
        part: "Abusive callers",
        fault: `${what}, ${way}`,
        up: "everybody else: cached and uncached pulls, new connections, logins, search, the Flatpak index, health, Foreman",
        saw: `no refusal; slowest reply ${Math.round(slowest)} ms, ${Math.round(inPeace)} ms without the attack; memory +${Math.max(0, Math.round(growth / 1024 ** 2))} MiB`,
      });
    },
  );
});
