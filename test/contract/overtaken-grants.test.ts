/** Syncs that arrive while a reply of Katello, which is older, is on its way: the sync applies. */
import { createServer, type RequestListener } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { type ClientOptions, client, pullStatus, tokenOf } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

const APP = "org/private-app";
const OTHER = "org/other-app";
const HOST = { via: "https", certificate: "host" } as const;

/** Katello's current grants for all callers. */
let known: string[] = [];
/** Runs after Katello has read a catalog; the reply is sent when the promise resolves. */
let found: (() => Promise<void>) | undefined;
const answer: RequestListener = async ({ url }, response) => {
  response.setHeader("content-type", "application/json");
  if (url?.includes("token") === true) return void response.end('{"token":"t-alice","expires_in":360}');
  if (url?.includes("_catalog") !== true) return void response.end("{}");
  const text = JSON.stringify({ repositories: known });
  const deliver = found;
  found = undefined;
  await deliver?.();
  response.end(text);
};
const katello = createServer(answer);

let world: TestGateway;
beforeAll(async () => {
  await new Promise<void>((resolve) => katello.listen(0, "127.0.0.1", resolve));
  const address = katello.address();
  const port = typeof address === "object" ? address?.port : "";
  world = await startTestGateway({
    settings: { foreman_url: `http://127.0.0.1:${port}`, grants_ttl: 600 },
  });
});
beforeEach(async () => {
  known = [APP];
  await world.sql(
    "TRUNCATE users, authentication_tokens, repositories_users, hosts, hosts_repositories, pushes",
  );
  await world.sql(
    "NOTIFY container_gateway, 'users *'; NOTIFY container_gateway, 'hosts *'; NOTIFY container_gateway, 'tokens *'",
  );
});
afterAll(async () => {
  await world.stop();
  katello.closeAllConnections();
  katello.close();
});

const foreman = () => client(world, { via: "https", certificate: "foreman" });
const granted = (repository: string) => ({ repository, auth_required: true });
const pull = (caller: ClientOptions, name = APP): Promise<number> => pullStatus(world, caller, name);
const hostGrants = () =>
  world.sql("SELECT name FROM hosts_repositories JOIN repositories r ON r.id = repository_id ORDER BY 1");

/** Lets Katello sync while its reply is on its way. */
function meanwhile(push: () => Promise<unknown>): void {
  found = async () => {
    await push();
  };
}

describe("a grant that a sync withdraws during a request to Katello", () => {
  test.each([
    ["is removed", { users: [{ alice: [] }] }],
    ["is removed if the mapping omits the user", { users: [{ bob: [] }] }],
  ])("at a login %s", async (_, body) => {
    meanwhile(async () => {
      known = [];
      await foreman().getUsers();
      await foreman().putUserGrants({ body });
    });
    expect(await pull({ token: await tokenOf(world, "alice:secret") })).toBe(404);
  });

  test.each([
    ["is removed", { hosts: [{ [DEMO_HOST]: [] }] }],
    ["is removed if the mapping omits the host", { hosts: [] }],
  ])("at the first request of a host %s", async (_, body) => {
    meanwhile(async () => {
      known = [];
      await foreman().putHosts({ body: { hosts: [{ uuid: DEMO_HOST }] } });
      await foreman().putHostGrants({ body });
    });
    expect(await pull(HOST)).toBe(404);
    expect(await pull(HOST)).toBe(404);
    expect(await hostGrants()).toEqual([]);
  });

  test("is removed by a mapping of that host only", async () => {
    meanwhile(async () => {
      known = [];
      await foreman().putOneHostGrants({ body: { hosts: [{ [DEMO_HOST]: [] }] } });
    });
    expect(await pull(HOST)).toBe(404);
    expect(await hostGrants()).toEqual([]);
  });

  test("is removed after the sync that closed its repository", async () => {
    const list = (auth_required: boolean) =>
      foreman().putRepositories({
        body: {
          repositories: [granted(APP), granted(OTHER), { repository: "org/public-app", auth_required }],
        },
      });
    await list(false);
    const alice = { token: await tokenOf(world, "alice:secret") };
    expect(await pull(alice)).toBe(200);
    await list(true);
    meanwhile(async () => {
      known = [];
      await foreman().getUsers();
      await foreman().putUserGrants({ body: { users: [{ alice: [] }] } });
    });
    expect(await pull(alice, "org/public-app")).toBe(404);
    expect(await pull(alice)).toBe(404);
  });
});

describe("a grant that a sync adds during a request to Katello", () => {
  test("stays when the grants of a host are renewed in the background", async () => {
    expect(await pull(HOST)).toBe(200);
    const past = "now() - interval '1 hour'";
    await world.sql(`UPDATE hosts SET granted_at = ${past}; NOTIFY container_gateway, 'hosts *'`);
    let delivered = false;
    meanwhile(async () => {
      known = [APP, OTHER];
      const hosts = [{ [DEMO_HOST]: [granted(APP), granted(OTHER)] }];
      await foreman().putOneHostGrants({ body: { hosts } });
      expect(await pull(HOST, OTHER)).toBe(200);
      delivered = true;
    });
    await eventually("it is asked about", async () => (await pull(HOST)) === 200 && delivered);
    for (let time = 0; time < 20; time += 1) expect(await pull(HOST, OTHER)).toBe(200);
    expect(await hostGrants()).toEqual([{ name: OTHER }, { name: APP }]);
  });

  test("is applied after a login", async () => {
    known = [];
    meanwhile(async () => {
      known = [APP];
      await foreman().getUsers();
      await foreman().putUserGrants({ body: { users: [{ alice: [granted(APP)] }] } });
    });
    expect(await pull({ token: await tokenOf(world, "alice:secret") })).toBe(200);
  });
});

test("a login ends with the grants of the mapping, even if syncs arrive all the time", async () => {
  let mapped = 0;
  const again = () =>
    meanwhile(async () => {
      mapped += 1;
      await foreman().putUserGrants({ body: { users: [{ alice: [granted(OTHER)] }] } });
      again();
    });
  again();
  const alice = { token: await tokenOf(world, "alice:secret") };
  found = undefined;
  expect(mapped).toBe(3);
  expect(await Promise.all([pull(alice), pull(alice, OTHER)])).toEqual([404, 200]);
});

/** A catalog of Katello's whose time is known to two seconds only, because the database's clock was read slowly. */
const REPLACE = `SELECT outcome FROM gateway_replace_grants($1, $2, NULL, '{org/other-app}',
  clock_timestamp() - interval '1 second', clock_timestamp() + interval '1 second', 1, 1)`;

describe("a catalog whose time is not known exactly", () => {
  test("does not date grants later than they are written", async () => {
    await tokenOf(world, "alice:secret");
    const [alice] = await world.sql<{ id: number }>("SELECT id FROM users");
    await world.sql(REPLACE, ["users", alice?.id]);
    expect(await world.sql("SELECT granted_at <= clock_timestamp() AS past FROM users")).toEqual([
      { past: true },
    ]);
  });

  test("does not replace what Katello has sent for the host meanwhile", async () => {
    expect(await pull(HOST)).toBe(200);
    await foreman().putOneHostGrants({ body: { hosts: [{ [DEMO_HOST]: [granted(APP)] }] } });
    const [host] = await world.sql<{ id: number }>("SELECT id FROM hosts");
    expect(await world.sql(REPLACE, ["hosts", host?.id])).toEqual([{ outcome: "newer" }]);
    expect(await hostGrants()).toEqual([{ name: APP }]);
  });
});
