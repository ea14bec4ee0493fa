/** When hosts were last seen, in PostgreSQL. */
import { expect, test } from "@jest/globals";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { caller } from "../support/client.ts";
import { createDatabase, query } from "../support/database.ts";
import { startTestGateway } from "../support/gateway.ts";
import { type Call, get } from "../support/operations.ts";
import { openStorage } from "../support/storage.ts";

const TIMES = `SELECT uuid, round(extract(epoch FROM now() - seen_at))::int AS seen,
                      round(extract(epoch FROM now() - pulled_at))::int AS pulled FROM host_activity ORDER BY seen_at`;
const OTHER_HOST = "6f1f2c4e-0f4f-4c5e-9d5c-000000000001";

test("the later one of two times stays, whatever their order, and hosts that are gone leave none", async () => {
  const database = await createDatabase();
  const { hosts, close } = await openStorage(database);
  try {
    await query(database, `INSERT INTO hosts (uuid) VALUES ('${DEMO_HOST}')`);
    const seen = (uuid: string, seenAgoS: number, pulledAgoS?: number) => ({ uuid, seenAgoS, pulledAgoS });
    await hosts.recordActivity([seen(OTHER_HOST, 5000), seen(DEMO_HOST, 3000, 4000)]);
    await hosts.recordActivity([seen(DEMO_HOST, 9000, 2000)]);
    await hosts.recordActivity([seen(DEMO_HOST, 9000)]);
    const rows = await query<{ uuid: string; seen: number; pulled: number | null }>(database, TIMES);
    const near = (seconds: number | null) => (seconds === null ? null : Math.floor(seconds / 1000) * 1000);
    expect(rows.map(({ uuid, seen, pulled }) => [uuid, near(seen), near(pulled)])).toEqual([
      [OTHER_HOST, 5000, null],
      [DEMO_HOST, 3000, 2000],
    ]);
    await hosts.pruneActivity();
    expect((await query<{ uuid: string }>(database, TIMES)).map(({ uuid }) => uuid)).toEqual([DEMO_HOST]);
  } finally {
    await close();
  }
});

test("a host that lists is seen, one that pulls has pulled, and what it may not pull counts nothing", async () => {
  const seenOnly = await afterRequests(get.catalog(), get.manifest("org/other-app", "latest"));
  expect(seenOnly).toEqual([{ uuid: DEMO_HOST, seen: true, pulled: false }]);
  const pulled = await afterRequests(get.manifest("org/private-app", "latest"));
  expect(pulled).toEqual([{ uuid: DEMO_HOST, seen: true, pulled: true }]);
});

/** The times that a gateway leaves, which has stopped after requests of a host. */
async function afterRequests(...calls: readonly Call[]) {
  const world = await startTestGateway();
  const send = caller(world, { via: "https", certificate: "host" });
  for (const call of calls) await send(call);
  await world.stop();
  return query(
    world.database,
    "SELECT uuid, seen_at IS NOT NULL AS seen, pulled_at IS NOT NULL AS pulled FROM host_activity",
  );
}
