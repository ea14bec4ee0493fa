import { existsSync } from "node:fs";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { basicAuthorization } from "../../src/client/index.ts";
import { callAt } from "../support/calls.ts";
import { startCommand } from "../support/command.ts";
import { eventually } from "../support/eventually.ts";

describe("container-gateway demo", () => {
  test.each(["nobody reads what it says", "its terminal ends"])(
    "leaves no files behind when %s",
    async (when) => {
      const folder = await mkdtemp(join(tmpdir(), "cgw-demo-"));
      await chmod(folder, 0o755);
      const left = async () => (await readdir(folder)).filter((name) => name.startsWith("container-gateway"));
      const { child, ended, said } = startCommand("demo", { TMPDIR: folder });
      if (when === "its terminal ends") {
        await eventually("it runs", () => said().includes("Ctrl-C"), 60);
        expect(await left()).toHaveLength(1);
        child.kill("SIGHUP");
      } else child.stdout?.destroy();
      await ended;
      expect(await left()).toEqual([]);
      await rm(folder, { recursive: true });
    },
  );

  test("leaves no files behind on repeated SIGINT, as npm and a terminal send it", async () => {
    const { child, ended, said } = startCommand("demo");
    await eventually("it runs", () => said().includes("Ctrl-C") || child.exitCode !== null);
    const [folder = ""] = /\S*container-gateway-demo-\w+/.exec(said()) ?? [];
    expect(existsSync(folder)).toBe(true);
    child.kill("SIGINT");
    child.kill("SIGINT");
    await sleep(50);
    child.kill("SIGINT");
    expect(await ended).toBe(0);
    expect(existsSync(folder)).toBe(false);
  });

  test("has a status page, which its administrator opens", async () => {
    const { child, ended, said } = startCommand("demo");
    await eventually("it runs", () => said().includes("Ctrl-C") || child.exitCode !== null, 60);
    const [, page = "", login = "", password = ""] =
      /(http:\S+)\/ui\/ \(login (\w+), password (\w+)\)/.exec(said()) ?? [];
    expect((await fetch(`${page}/ui/`)).status).toBe(200);
    const headers = { authorization: basicAuthorization({ name: login, password }) };
    const { response } = await callAt(page, (gateway) => gateway.postSession({ headers }));
    expect(response.status).toBe(200);
    child.kill("SIGINT");
    expect(await ended).toBe(0);
  });
});
