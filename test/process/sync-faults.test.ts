/**
 * Syncs beside pulls, crashes, other syncs and a disconnected change feed. `npm run test:syncs` runs
 * more rounds of the same.
 */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { client } from "../support/client.ts";
import { createDatabase, query } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import {
  settingsFor,
  startTestGateway,
  type TestGateway,
  testFolder,
  writeSettings,
} from "../support/gateway.ts";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway-process.ts";
import { closePushes, PUSHES, push, type Syncs, stateOf, twoSyncs } from "../support/sync-pushes.ts";

const LONG = process.env.LONG_TESTS === "1";
const rounds = (short: number, long: number): number => (LONG ? long : short);

/** A Pulp that redirects every request. */
const pulp = createServer((_, response) =>
  response.writeHead(302, { Location: "https://content.example.org/x" }).end(),
);
let pulpOrigin = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => pulp.listen(0, "127.0.0.1", resolve));
  const address = pulp.address();
  pulpOrigin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
});
afterAll(async () => {
  closePushes();
  await new Promise((resolve) => pulp.close(resolve));
});

/** Two gateways on one database. */
async function pair(): Promise<{
  gateways: [TestGateway, TestGateway];
  database: string;
  stop(): Promise<void>;
}> {
  const database = await createDatabase();
  const settings = { pulp_endpoint: pulpOrigin, pulp_content_origins: ["https://content.example.org"] };
  const start = () => startTestGateway({ database, listed: false, settings });
  const gateways: [TestGateway, TestGateway] = [await start(), await start()];
  return {
    gateways,
    database,
    stop: async () => void (await Promise.all(gateways.map((one) => one.stop()))),
  };
}

const DIGEST = `sha256:${"0".repeat(64)}`;
const TOKEN = "a-token-of-alice";

async function pull(gateway: TestGateway, repository: string): Promise<number> {
  const params = { path: { name: repository, digest: DIGEST } };
  return (await client(gateway, { token: TOKEN }).getBlob({ params })).response.status;
}

const giveToken = (database: string) =>
  query(
    database,
    `INSERT INTO authentication_tokens (token_checksum, expire_at, user_id)
     SELECT '${createHash("sha256").update(TOKEN).digest("hex")}', now() + interval '1 hour', id FROM users WHERE name = 'alice'`,
  );

const entry = (repository: string) => ({ repository, auth_required: true });
const names = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

describe("pulls during syncs", () => {
  const kept = names("kept", 50);
  const passing = names("passing", 60);

  /** One percent changes at each sync: a repository is added and one removed, in the list and in the grants. */
  function sync(turn: number): Syncs {
    const others = [...names("other", 40), ...passing.slice(turn, turn + 10)];
    const mine = [...kept, ...passing.slice(turn, turn + 5)].map(entry);
    const hosts = names("host", 20);
    const mapping = hosts.map((uuid) => ({ [uuid]: mine }));
    return {
      repository_list: { repositories: [...kept, ...others].map(entry) },
      user_repository_mapping: { users: [{ alice: mine }, { bob: others.map(entry) }] },
      update_hosts: { hosts: hosts.map((uuid) => ({ uuid })) },
      host_repository_mapping: { hosts: mapping },
      update_host_repositories: { hosts: mapping.slice(0, 1) },
    };
  }

  test("with a grant always succeed, and those without are refused within a second", async () => {
    const { gateways, database, stop } = await pair();
    const [first] = gateways;
    const syncAll = async (turn: number) => {
      for (const name of PUSHES) expect(await push(first.https, name, sync(turn))).toBe(200);
    };
    await syncAll(0);
    await giveToken(database);
    const statuses = new Map<number, number>();
    const flights = new Set<Promise<void>>();
    let sent = 0;
    const timer = setInterval(() => {
      const gateway = gateways[sent % 2 === 0 ? 0 : 1];
      const flight = pull(gateway, kept[sent % 50] ?? "").then((status) => {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      });
      sent += 1;
      flights.add(flight);
      void flight.finally(() => flights.delete(flight));
    }, 10);
    try {
      for (let turn = 1; turn <= 10; turn += 1) {
        const gone = passing[turn - 1] ?? "";
        for (const gateway of gateways) expect(await pull(gateway, gone)).toBe(302);
        await syncAll(turn);
        const end = performance.now() + 1_000;
        for (const gateway of gateways) {
          await eventually("it is refused", async () => (await pull(gateway, gone)) === 404);
          expect(performance.now()).toBeLessThan(end);
        }
        await sleep(rounds(100, 1_000));
      }
    } finally {
      clearInterval(timer);
      await Promise.allSettled(flights);
      await stop();
    }
    expect([...statuses.keys()]).toEqual([302]);
    expect(statuses.get(302)).toBeGreaterThan(50);
  }, 120_000);
});

describe("two different syncs of one kind at two gateways at once", () => {
  test.each(PUSHES)(
    "%s: both succeed, and one of them is in force as a whole",
    async (name) => {
      const { gateways, database, stop } = await pair();
      const [one, other] = gateways;
      const [a, b] = twoSyncs(200);
      try {
        for (const each of PUSHES) expect(await push(one.https, each, a)).toBe(200);
        await push(one.https, name, b);
        const ofB = await stateOf(database, name);
        await push(one.https, name, a);
        const ofA = await stateOf(database, name);
        expect(ofA).not.toBe(ofB);
        const seen = new Set<string>();
        for (let round = 0; round < rounds(2, 50); round += 1) {
          const [first, second] = round % 2 === 0 ? [one, other] : [other, one];
          const answers = await Promise.all([push(first.https, name, a), push(second.https, name, b)]);
          expect(answers).toEqual([200, 200]);
          const state = await stateOf(database, name);
          expect(state === ofA || state === ofB).toBe(true);
          seen.add(state);
        }
        const deadlocks = await query<{ count: number }>(
          database,
          "SELECT deadlocks::int AS count FROM pg_stat_database WHERE datname = current_database()",
        );
        expect(deadlocks).toEqual([{ count: 0 }]);
      } finally {
        await stop();
      }
    },
    300_000,
  );

  test("of all kinds succeed, too", async () => {
    const { gateways, stop } = await pair();
    const syncs = twoSyncs(200);
    try {
      for (let round = 0; round < rounds(1, 20); round += 1) {
        const answers = await Promise.all(
          gateways.flatMap(({ https }, index) =>
            PUSHES.map((name) => push(https, name, syncs[(index + round) % 2] ?? syncs[0])),
          ),
        );
        expect(answers).toEqual(answers.map(() => 200));
      }
    } finally {
      await stop();
    }
  }, 300_000);
});

describe("a change feed that is disconnected under load", () => {
  test("leads to no reply that is older than a change", async () => {
    const { gateways, database, stop } = await pair();
    const [writer, reader] = gateways;
    const grant = (granted: boolean): Syncs => ({
      ...twoSyncs(20)[0],
      repository_list: { repositories: [entry("app")] },
      user_repository_mapping: { users: [{ alice: granted ? [entry("app")] : [] }] },
    });
    await push(writer.https, "repository_list", grant(true));
    await push(writer.https, "user_repository_mapping", grant(true));
    await giveToken(database);
    let answered = { granted: true, at: performance.now() };
    const old: string[] = [];
    let changing = false;
    let running = true;
    const load = async () => {
      while (running) {
        const asked = performance.now();
        const known = answered;
        const status = await pull(reader, "app");
        // Sent some time after a change took effect, with no other change since.
        if (answered === known && !changing && asked - known.at > 100 && (status === 302) !== known.granted) {
          old.push(`${status} ${Math.round(asked - known.at)} ms after granted = ${known.granted}`);
        }
      }
    };
    const loads = Array.from({ length: 4 }, load);
    try {
      for (let round = 1; round <= rounds(2, 40); round += 1) {
        await query(
          database,
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'container-gateway changes'`,
        );
        await sleep(Math.random() * 60);
        const granted = round % 2 === 0;
        changing = true;
        expect(await push(writer.https, "user_repository_mapping", grant(granted))).toBe(200);
        answered = { granted, at: performance.now() };
        changing = false;
        await sleep(rounds(300, 700));
      }
    } finally {
      running = false;
      await Promise.all(loads);
      await stop();
    }
    expect(old).toEqual([]);
  }, 120_000);
});

describe("a gateway that is killed during a sync", () => {
  test("leaves the old or the new state, and the next sync succeeds", async () => {
    const database = await createDatabase();
    const config = writeSettings({
      ...settingsFor("https://127.0.0.1:9", pulpOrigin, database, `${testFolder()}/killed.sock`),
    });
    const start = (): Promise<GatewayProcess> => startGatewayProcess({ config });
    const [a, b] = twoSyncs(rounds(400, 1_000));
    let gateway = await start();
    const url = () => gateway.addresses[0] ?? "";
    const all = async (pushes: Syncs) => {
      for (const name of PUSHES) expect(await push(url(), name, pushes)).toBe(200);
    };
    const died = { old: 0, new: 0 };
    try {
      for (const name of PUSHES) {
        await all(a);
        const before = await stateOf(database, name);
        const began = performance.now();
        expect(await push(url(), name, b)).toBe(200);
        const took = performance.now() - began;
        const after = await stateOf(database, name);
        expect(after).not.toBe(before);
        for (let round = 0; round < rounds(1, 20); round += 1) {
          await all(a);
          const pushed = push(url(), name, b);
          await sleep(Math.random() * took * 1.2);
          await gateway.kill();
          await pushed;
          await eventually("its connections are gone", async () => {
            const left = await query(
              database,
              "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'container-gateway%'",
            );
            return left.length === 0;
          });
          const state = await stateOf(database, name);
          expect(state === before || state === after).toBe(true);
          died[state === before ? "old" : "new"] += 1;
          gateway = await start();
          expect(await push(url(), name, b)).toBe(200);
          expect(await stateOf(database, name)).toBe(after);
        }
      }
    } finally {
      await gateway.stop();
    }
    if (LONG) expect(Math.min(died.old, died.new)).toBeGreaterThan(0);
  }, 1_200_000);
});
