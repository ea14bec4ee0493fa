import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { freePorts } from "../pulp/ports.ts";
import { healthAt } from "../support/calls.ts";
import { startCommand } from "../support/command.ts";
import { createDatabase } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { settingsFor, startTestGateway, type TestGateway, writeSettings } from "../support/gateway.ts";
import { makePair, writePair } from "../support/odd-certificates.ts";
import { childrenOf } from "../support/processes.ts";

let world: TestGateway;
beforeAll(async () => {
  world = await startTestGateway();
});
afterAll(() => world.stop());

const settings = async (more: Record<string, unknown> = {}) =>
  writeSettings({
    ...settingsFor(world.katello.origin, world.pulp.origin, await createDatabase(), `${world.socket}.other`),
    ...more,
  });

describe("container-gateway", () => {
  test("serve runs until SIGTERM and exits with 0", async () => {
    const { child, ended, said } = startCommand("serve", "--config", await settings());
    let url: string | undefined;
    while (url === undefined && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      url = /"url":"(http:[^"]+)"/.exec(said())?.[1];
    }
    expect(await healthAt(url ?? "")).toBe(200);
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    expect(said()).toMatch('"msg":"shutdown complete"');
  });

  test("serve keeps up to listen_backlog connections waiting in the kernel", async () => {
    const { child, ended, said } = startCommand("serve", "--config", await settings());
    await eventually("it listens", () => /"url":"http:/.test(said()));
    const port = Number(/"url":"http:[^"]+:(\d+)"/.exec(said())?.[1]);
    const [worker = 0] = childrenOf(child.pid ?? 0);
    process.kill(worker, "SIGSTOP");
    const sockets = Array.from({ length: 700 }, () => connect(port, "127.0.0.1"));
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    process.kill(worker, "SIGCONT");
    for (const socket of sockets) socket.destroy();
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
  });

  test("serve starts workers that share the listeners, replaces dead ones, and shuts all down", async () => {
    const { child, ended, said } = startCommand("serve", "--config", await settings({ workers: 2 }));
    const listening = () =>
      said()
        .split("\n")
        .flatMap((line) => /"pid":(\d+).*"url":"(http:[^"]+)"/.exec(line) ?? [])
        .filter((_, index) => index % 3 !== 0);
    const until = async (lines: number) => {
      while (listening().length < 2 * lines && child.exitCode === null) await sleep(50);
    };
    await until(2);
    const [first = "", url, second = "", other] = listening();
    expect(other).toBe(url);
    expect(first).not.toBe(second);
    process.kill(Number(first), "SIGKILL");
    await until(3);
    const third = listening()[4] ?? "";
    expect([first, second, String(child.pid)]).not.toContain(third);
    for (let time = 0; time < 10; time += 1) expect(await healthAt(url ?? "")).toBe(200);
    child.kill("SIGTERM");
    // With the output, which tells why.
    expect([await ended, said()]).toEqual([0, expect.any(String)]);
    for (const pid of [second, third]) expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH");
  });

  test("serve replaces its only worker at the same address", async () => {
    const url = `http://127.0.0.1:${await freePorts(1)}`;
    const { child, ended, said } = startCommand("serve", "--config", await settings({ listen: [url] }));
    const listening = () => said().split('"msg":"listening"').length - 1;
    await eventually("it listens", () => listening() === 1, 60);
    process.kill(childrenOf(child.pid ?? 0)[0] ?? 0, "SIGKILL");
    await eventually("another worker listens", () => listening() === 2, 60);
    expect(await healthAt(url)).toBe(200);
    child.kill("SIGTERM");
    expect([await ended, said()]).toEqual([0, expect.stringContaining("worker died: starting another")]);
  });

  test("serve exits with the error if no worker can serve", async () => {
    const nowhere = "postgresql://nobody@127.0.0.1:1/none";
    const { ended, said } = startCommand(
      "serve",
      "--config",
      await settings({ workers: 2, db_connection_string: nowhere, db_start_timeout: 0 }),
    );
    expect(await ended).toBe(1);
    expect(said().match(/see the setting db_connection_string \(.*ECONNREFUSED/g)).toHaveLength(1);
    expect(said().trim().split("\n").at(-1)).toMatch(/^the database can't be used: see the setting/);
  });

  test("serve goes on if a worker can't be started, or takes no message", async () => {
    const preload = fileURLToPath(new URL("failing-workers.mjs", import.meta.url));
    const url = `http://127.0.0.1:${await freePorts(1)}`;
    const config = await settings({ listen: [url] });
    const preloaded = { NODE_OPTIONS: `--import ${preload}` };
    const { child, ended, said } = startCommand("serve", "--config", config, preloaded);
    const listening = () => said().split('"msg":"listening"').length - 1;
    await eventually("it listens", () => listening() === 1, 60);
    process.kill(childrenOf(child.pid ?? 0)[0] ?? 0, "SIGKILL");
    await eventually("another worker listens", () => listening() === 2 || child.exitCode !== null, 60);
    expect([said(), child.exitCode]).toEqual([expect.stringContaining("write EPIPE (planted)"), null]);
    expect(await healthAt(url)).toBe(200);
    child.kill("SIGHUP");
    await eventually("the reload fails", () => said().includes("reload failed: nothing has changed"));
    child.kill("SIGHUP");
    await eventually("the next one succeeds", () => said().includes('"msg":"reloaded"'), 60);
    expect(await healthAt(url)).toBe(200);
    child.kill("SIGTERM");
    expect([await ended, said()]).toEqual([0, expect.stringMatching(/ENOENT.*a worker can't be started/)]);
  });

  test("serve ends a worker whose primary dies while it waits for a socket", async () => {
    const preload = fileURLToPath(new URL("orphaned-worker.mjs", import.meta.url));
    const { ended, said } = startCommand(
      "serve",
      "--config",
      await settings({ workers: 2, listen: ["http://127.0.0.1:0", "http://127.0.0.1:0"] }),
      { NODE_OPTIONS: `--import ${preload}` },
    );
    expect(await ended).toBe(1);
    expect(said()).toMatch('"msg":"primary process died: shutting down"');
  });

  test.each<[string, string[], Record<string, unknown>, RegExp]>([
    [
      "an unreachable database",
      ["serve"],
      { db_connection_string: "postgresql://nobody:pw-9q@127.0.0.1:1/none", db_start_timeout: 0 },
      /^the database can't be used: see the setting db_connection_string \(connect ECONNREFUSED 127.0.0.1:1\)$/m,
    ],
    [
      "an unreachable database to migrate",
      ["migrate"],
      { db_connection_string: "postgresql://nobody:pw-9q@127.0.0.1:1/none", db_start_timeout: 0 },
      /^the database can't be used: see the setting db_connection_string \(connect ECONNREFUSED 127.0.0.1:1\)$/m,
    ],
    [
      "an address in use",
      ["serve"],
      { listen: ["unix:TAKEN"] },
      /^another process listens on .*: see the setting listen$/m,
    ],
    [
      "an address of another machine",
      ["serve"],
      { listen: ["http://192.0.2.1:9"] },
      /^can't listen: see the setting listen \(bind EADDRNOTAVAIL 192.0.2.1:9\)$/m,
    ],
    [
      "missing systemd sockets",
      ["serve"],
      { listen: ["systemd:http"] },
      /^the settings listen and facade_listen name 1 systemd sockets, but systemd passed 0$/m,
    ],
  ])("names only the setting that helps for %s", async (_, args, more, said) => {
    const text = JSON.stringify(more).replace("TAKEN", world.socket);
    const command = startCommand(...args, "--config", await settings(JSON.parse(text)));
    expect(await command.ended).toBe(1);
    expect(command.said()).toMatch(said);
    expect(command.said()).not.toMatch(/ {4}at |pw-9q/);
  });

  test("no command opens the debugger on SIGUSR1", async () => {
    const { child, ended, said } = startCommand("serve", "--config", await settings({ workers: 2 }));
    await eventually("it serves", () => said().split("change feed connected").length > 2, 60);
    const workers = execFileSync("pgrep", ["-P", String(child.pid)], { encoding: "utf8" });
    for (const pid of [child.pid ?? 0, ...workers.trim().split("\n").map(Number)])
      process.kill(pid, "SIGUSR1");
    child.kill("SIGTERM");
    // With the output, which tells why.
    expect([await ended, said()]).toEqual([0, expect.any(String)]);
    expect(said()).not.toMatch(/debugger/i);
  });

  test("migrate updates the schema", async () => {
    const { ended, said } = startCommand("migrate", "--config", await settings());
    expect([await ended, said()]).toEqual([0, "the database is up to date\n"]);
  });

  test.each([
    ["valid settings", {}, 0, "ok"],
    ["a warning", { rhsm_ca_file: null }, 2, "warning"],
    ["an error", { rhsm_ca_file: null, pulp_endpoint: "https://127.0.0.1:9" }, 1, "error"],
    ["settings that can't be loaded", { pulp_endpont: "https://pulp" }, 1, "error"],
  ])(
    "check exits with the code for %s, and describes it as text and as JSON",
    async (_, more, code, level) => {
      const file = await settings(more);
      const [text, json] = [
        startCommand("check", "--config", file),
        startCommand("check", "--json", "--config", file),
      ];
      expect([await text.ended, await json.ended]).toEqual([code, code]);
      const found: { level: string; findings: Record<string, string | null>[] } = JSON.parse(json.said());
      expect(found.level).toBe(level);
      for (const { level: one, subject, setting, place, text: said, advice } of found.findings) {
        expect(text.said()).toContain(`${one?.padEnd(7)}  ${subject}: ${said}\n`);
        if (one !== "ok") expect(text.said()).toContain(`${place}: ${setting}: ${advice}\n`);
      }
      const count = (what: string) => found.findings.filter((one) => one.level === what).length;
      const summary = `${count("error")} errors, ${count("warning")} warnings, ${count("ok")} ok\n`;
      expect(text.said().endsWith(summary)).toBe(true);
    },
  );

  test("serve refuses an own certificate that has expired", async () => {
    const { cert, key } = writePair(await makePair({ from: -9, to: -1 }));
    const file = await settings({ ssl_certificate: cert, ssl_private_key: key });
    const { child, ended, said } = startCommand("serve", "--config", file);
    await eventually("it exits or listens", () => child.exitCode !== null || /"url":/.test(said()));
    child.kill("SIGTERM");
    expect(await ended).toBe(1);
    expect(said()).toMatch(/^ssl_certificate: the certificate in .* expired on .*: renew it$/m);
  });

  test("rejects settings with a typo and names them", async () => {
    const { ended, said } = startCommand("serve", "--config", await settings({ trusted_host: ["x"] }));
    expect(await ended).toBe(1);
    expect(said()).toMatch(
      /settings-\w+\.yml:\d+: trusted_host: there is no such setting; did you mean trusted_hosts\?/,
    );
  });

  test.each<[string[], number, RegExp]>([
    [
      ["--help"],
      0,
      /^usage: container-gateway COMMAND [\s\S]*Exit codes: 0 success, 1 errors, 64 wrong usage/,
    ],
    [["help"], 0, /^usage: container-gateway COMMAND /],
    [
      ["help", "check"],
      0,
      /^usage: container-gateway check .*[\s\S]*2 there are only warnings, 64 wrong usage\.\n$/,
    ],
    [["adopt", "--nonsense", "-h"], 0, /^usage: container-gateway adopt /],
    [["--version"], 0, /^container-gateway \d+\.\d+\.\d+\n$/],
    [[], 64, /^no command given\n\nusage: container-gateway COMMAND /],
    [["nonsense"], 64, /^unknown command: nonsense\n\nusage: container-gateway COMMAND /],
    [["help", "nonsense"], 64, /^unknown command: nonsense\n\nusage: container-gateway help /],
    [["--config", "x", "serve"], 64, /^the command comes before its options: --config\n\nusage: /],
    [["check", "me"], 64, /^check takes no arguments: me\n\nusage: container-gateway check /],
    [
      ["check", "--config"],
      64,
      /^Option '--config <value>' argument missing\n\nusage: container-gateway check /,
    ],
    [["serve", "--json"], 64, /^serve has no option --json\n\nusage: container-gateway serve /],
    [["adopt", "--nonsense"], 64, /^adopt has no option --nonsense\n\nusage: container-gateway adopt /],
    [["register"], 64, /^--url is missing\n\nusage: container-gateway register /],
    [["completion"], 64, /^SHELL is missing\n\nusage: container-gateway completion /],
    [["completion", "csh"], 64, /^SHELL must be bash or zsh or fish, not csh\n\nusage: /],
    [["completion", "bash", "zsh"], 64, /^too many arguments for completion: zsh\n\nusage: /],
  ])("prints usage or the error for %j", async (args, code, text) => {
    const { ended, said } = startCommand(...args);
    expect(await ended).toBe(code);
    expect(said()).toMatch(text);
  });
});
