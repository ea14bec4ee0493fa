/** Round trips to PostgreSQL of frequent requests: each one keeps a connection from others. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { pullStatus, tokenOf } from "../support/client.ts";
import { createDatabase } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { openTunnel, type Tunnel } from "../support/tunnel.ts";

let database: string;
let tunnel: Tunnel;
let world: TestGateway;
beforeAll(async () => {
  database = await createDatabase();
  tunnel = await openTunnel(database);
  world = await startTestGateway({
    database,
    settings: { db_connection_string: tunnel.url, db_listen_connection_string: database, token_recheck: 0 },
  });
  // Opens the connections, which takes round trips of its own.
  await Promise.all(
    Array.from({ length: 8 }, (_, index) => tokenOf(world, `nobody${index}:x`).catch(() => "")),
  );
});
afterAll(async () => {
  await world.stop();
  await tunnel.close();
});

/** Counts the round trips of a call and of its background work. */
async function roundTripsOf(work: () => Promise<unknown>): Promise<number> {
  const before = tunnel.roundTrips();
  await work();
  let last = -1;
  await eventually("the database is left alone", async () => {
    const now = tunnel.roundTrips();
    const isQuiet = now === last;
    last = now;
    if (!isQuiet) await new Promise((resolve) => setTimeout(resolve, 200));
    return isQuiet;
  });
  return tunnel.roundTrips() - before;
}

test("a first login takes at most 8, and a login that changes nothing at most 4", async () => {
  const first = await roundTripsOf(() => tokenOf(world, "alice:secret"));
  const second = await roundTripsOf(() => tokenOf(world, "alice:secret"));
  process.stdout.write(`round trips: ${first} for a first login, ${second} for one that changes nothing\n`);
  expect([first, second].every((count) => count > 0)).toBe(true);
  expect(first).toBeLessThanOrEqual(8);
  expect(second).toBeLessThanOrEqual(4);
});

test("a host's first pull takes at most 6", async () => {
  let status = 0;
  const pull = async () => {
    status = await pullStatus(world, { via: "https", certificate: "host" });
  };
  const trips = await roundTripsOf(pull);
  process.stdout.write(`round trips: ${trips} for a host's first pull\n`);
  expect(status).toBe(200);
  expect(trips).toBeGreaterThan(0);
  expect(trips).toBeLessThanOrEqual(6);
});
