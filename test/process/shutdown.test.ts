/** A stop that load balancers notice before connections are refused. */
import { expect, test } from "@jest/globals";
import { callAt, healthAt, readinessAt } from "../support/calls.ts";
import { startCommand } from "../support/command.ts";
import { createDatabase } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { settingsFor, writeSettings } from "../support/gateway.ts";

const NOBODY = "https://127.0.0.1:9";

test.each([1, 2])(
  "with shutdown_delay and workers: %i, new connections are served while /readyz is 503",
  async (workers) => {
    const config = writeSettings({
      ...settingsFor(NOBODY, NOBODY, await createDatabase(), ""),
      listen: ["http://127.0.0.1:0"],
      serve_before_first_sync: true,
      shutdown_delay: 5,
      workers,
    });
    const { child, said, ended } = startCommand("serve", "--config", config);
    try {
      const url = () => /"url":"(http:[^"]+)"/.exec(said())?.[1] ?? "";
      const isReady = async () => (await readinessAt(url()).catch(() => undefined)) === 200;
      await eventually("the gateway is ready", isReady, 60);
      child.kill("SIGTERM");
      await eventually("it is not ready any more", async () => (await readinessAt(url())) === 503);
      const { error } = await callAt(url(), (gateway) => gateway.getReadiness());
      expect(error).toMatchObject({
        status: "unavailable",
        reasons: ["the gateway has been told to stop"],
        database: "up",
      });
      const { response } = await callAt(url(), (gateway) => gateway.getBase());
      expect([response.status, await healthAt(url())]).toEqual([401, 200]);
      expect(await ended).toBe(0);
      await expect(healthAt(url())).rejects.toThrow("ECONNREFUSED");
    } finally {
      child.kill("SIGKILL");
      await ended;
    }
  },
);
