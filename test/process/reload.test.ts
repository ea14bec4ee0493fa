/** Outcomes of the command `reload`: what it takes up, and what it reports when the new workers can't serve. */
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { stringify } from "yaml";
import { healthAt, readinessAt, tokenAt } from "../support/calls.ts";
import { startCommand } from "../support/command.ts";
import { createDatabase } from "../support/database.ts";
import { settingsFor, startTestGateway, type TestGateway, testFolder } from "../support/gateway.ts";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway-process.ts";

const ALICE = { name: "alice", password: "secret" };

let world: TestGateway;
beforeAll(async () => {
  world = await startTestGateway();
});
afterAll(() => world.stop());

/** Listens on a free port until it is closed. */
async function occupyPort(): Promise<{ readonly url: string; close(): Promise<unknown> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** A gateway whose settings the tests change. */
function reloadable(name: string, usual: Readonly<Record<string, unknown>>) {
  const config = join(testFolder(), `${name}.yml`);
  return {
    config,
    write: (more: Readonly<Record<string, unknown>> = {}) =>
      writeFileSync(config, stringify({ ...usual, ...more })),
    reload: async () => {
      const { ended, said } = startCommand("reload", "--config", config);
      return { code: await ended, text: said() };
    },
  };
}

describe("reload", () => {
  let gateway: GatewayProcess;
  let site: ReturnType<typeof reloadable>;
  let usual: ReturnType<typeof settingsFor> & { serve_before_first_sync: true };
  let http = "";

  beforeAll(async () => {
    const socket = join(testFolder(), "reload-outcomes.sock");
    usual = {
      ...settingsFor(world.katello.origin, world.pulp.origin, await createDatabase(), socket),
      serve_before_first_sync: true,
      workers: 2,
    };
    site = reloadable("reload-outcomes", usual);
    // Not the CA of Katello's certificate.
    site.write({ foreman_ssl_ca: join(testFolder(), "consumers.crt") });
    gateway = await startGatewayProcess({ config: site.config });
    http = gateway.addresses.find((address) => address.startsWith("http:")) ?? "";
  });
  afterAll(() => gateway.stop());

  test("takes up a new CA file", async () => {
    await expect(tokenAt(http, ALICE)).rejects.toThrow();
    site.write();
    expect(await site.reload()).toEqual({ code: 0, text: "reloaded: 2 new workers serve\n" });
    expect(await tokenAt(http, ALICE)).toMatch(/./);
  });

  test("says why a new worker can't start, and the old workers go on; then takes up the new address", async () => {
    const occupied = await occupyPort();
    site.write({ listen: [...usual.listen, occupied.url] });
    const before = gateway.workers();
    const failed = await site.reload().finally(occupied.close);
    expect(failed.code).toBe(1);
    expect(failed.text).toMatch(/nothing has changed: .*EADDRINUSE/);
    expect(gateway.workers()).toEqual(expect.arrayContaining([...before]));
    expect(await tokenAt(http, ALICE)).toMatch(/./);

    expect(await site.reload()).toMatchObject({ code: 0 });
    expect(await healthAt(occupied.url)).toBe(200);
    expect(await healthAt(http)).toBe(200);
  });

  test("waits its turn behind another reload, and both report their outcome", async () => {
    site.write();
    const outcomes = await Promise.all([site.reload(), site.reload()]);
    expect(outcomes).toEqual([
      { code: 0, text: "reloaded: 2 new workers serve\n" },
      { code: 0, text: "reloaded: 2 new workers serve\n" },
    ]);
  });
});

test("a reload keeps the embedded PostgreSQL", async () => {
  const data_dir = join(testFolder(), "reload-embedded");
  const site = reloadable("reload-embedded", {
    ...settingsFor(world.katello.origin, world.pulp.origin, "", join(testFolder(), "reload-embedded.sock")),
    db_connection_string: undefined,
    data_dir,
    serve_before_first_sync: true,
  });
  site.write();
  const postmaster = () =>
    readFileSync(join(data_dir, "postgresql", "postmaster.pid"), "utf8").split("\n")[0];
  const gateway = await startGatewayProcess({ config: site.config });
  try {
    const before = { postmaster: postmaster(), workers: gateway.workers() };
    site.write({ tag_ttl: 7 });
    expect(await site.reload()).toEqual({ code: 0, text: "reloaded: 1 new worker serves\n" });
    expect(postmaster()).toBe(before.postmaster);
    const http = gateway.addresses.find((address) => address.startsWith("http:")) ?? "";
    expect(await readinessAt(http)).toBe(200);
    expect(await tokenAt(http, ALICE)).toMatch(/./);
  } finally {
    await gateway.stop();
  }
});
