/** The commands for operators, as processes of their own, against a gateway with one worker and with two. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { callAt, healthAt } from "../support/calls.ts";
import { caller, client, tokenOf } from "../support/client.ts";
import { startCommand } from "../support/command.ts";
import { createDatabase } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import {
  settingsFor,
  startTestGateway,
  type TestGateway,
  testFolder,
  writeSettings,
} from "../support/gateway.ts";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway-process.ts";
import { get } from "../support/operations.ts";

let world: TestGateway;
let config: string;
const auditFile = join(testFolder(), "operation-audit.log");

/** Runs a command against the gateway with one worker. */
async function run(...words: string[]): Promise<{ code: unknown; text: string }> {
  const { ended, said } = startCommand(...words, "--config", config);
  return { code: await ended, text: said() };
}

beforeAll(async () => {
  world = await startTestGateway({
    settings: { grants_ttl: 3600, foreman_failed_logins: 0, audit_log: auditFile },
  });
  config = writeSettings({ admin_listen: `unix:${world.adminSocket}`, audit_log: auditFile });
  await tokenOf(world, "alice:secret");
  await client(world, { via: "https", certificate: "host" }).getCatalog();
});
afterAll(async () => {
  await world.stop();
});

describe("a command", () => {
  test("status is 0 while nothing is wrong, and lists parts, workers and certificates", async () => {
    const { code, text } = await run("status");
    expect({ code, text }).toEqual({ code: 0, text: expect.stringContaining("Nothing is wrong.") });
    expect(text).toMatch(/^Katello {5}up, circuit breaker closed$/m);
    expect(text).toMatch(/^ssl_certificate +\d+ /m);
    expect(text).toMatch(new RegExp(`^ *${process.pid} `, "m"));
  });

  test("explain tells a decision, its facts and what would change it, with an exit code", async () => {
    expect(await run("explain", "alice", "org/private-app")).toMatchObject({
      code: 0,
      text: expect.stringMatching(/^allowed: user alice and org\/private-app \(a pull gets 200\)/),
    });
    const refused = await run("explain", "anonymous", "org/private-app");
    expect(refused.code).toBe(2);
    expect(refused.text).toMatch(/^refused: anybody and org\/private-app \(a pull gets 401\)/);
    expect(refused.text).toContain("To change that:\n  log in with an account that may pull it");
    const certificate = join(testFolder(), "host.crt");
    expect((await run("explain", certificate, "org/private-app")).text).toContain(
      `allowed: host ${DEMO_HOST}`,
    );
    expect((await run("explain", DEMO_HOST, "org/other-app", "--json")).text).toContain(
      '"decision": "refused"',
    );
  });

  test.each([
    [["users"], /^alice +1 +2 /m],
    [["user", "ALICE"], /^Login +alice$/m],
    [["hosts"], new RegExp(`^${DEMO_HOST} +1 `, "m")],
    [["host", DEMO_HOST], /^ {2}org\/private-app$/m],
    [["repositories", "--limit", "1", "--after", "org/other-app"], /^org\/private-app +no +1 +1$/m],
    [["repository", "org/public-app"], /^Open to everybody +yes$/m],
    [["tokens"], /^[0-9a-f]{64} +alice +/m],
    [["syncs"], /^WHEN +KIND/],
    [["metrics"], /^container_gateway_up\{system="pulp"\} 1$/m],
    [["audit", "--user", "Alice"], /allowed {2}login {2}login {2}alice {2}127\.0\.0\.1/],
    [["log-level", "debug", "--for", "10m"], /^the log level of 1 worker is debug$/m],
    [["cache", "clear"], /^the caches of 1 worker are empty$/m],
    [["unlock", "alice"], /^there were no failed logins$/m],
    [["unlock", "127.0.0.1", "--json"], /"count": 0/],
  ])("%j prints it", async (words, expected) => {
    const { code, text } = await run(...words);
    expect({ code, text }).toEqual({ code: 0, text: expect.stringMatching(expected) });
  });

  test("revoke ends a token by its user", async () => {
    const token = await tokenOf(world, "bob:hunter2");
    const pull = async () => (await caller(world, { token })(get.tags("org/other-app"))).status;
    expect(await pull()).toBe(200);
    expect(await run("revoke", "bob")).toMatchObject({
      code: 0,
      text: expect.stringContaining("1 token of bob"),
    });
    expect(await pull()).toBe(401);
  });

  test("revoke deletes a host with its grants", async () => {
    expect(await run("revoke", DEMO_HOST)).toEqual({
      code: 0,
      text: `the host ${DEMO_HOST} and its grants are deleted\n`,
    });
    expect(await run("host", DEMO_HOST)).toMatchObject({ code: 1 });
    expect(await run("revoke", DEMO_HOST)).toEqual({
      code: 1,
      text: expect.stringContaining(`no host ${DEMO_HOST} is known here`),
    });
  });

  test("audit shows the lines of a repository and of a time", async () => {
    await caller(world)(get.tags("org/private-app"));
    await eventually("the refusal is written", async () =>
      (await run("audit", "--repository", "org/private-app")).text.includes("refused"),
    );
    expect((await run("audit", "--since", "2000-01-01")).text).toContain("alice");
    expect(await run("audit", "--since", "2999-01-01")).toEqual({ code: 0, text: "" });
  });

  test("syncs --watch prints the syncs that come, until it is interrupted", async () => {
    const { child, ended, said } = startCommand("syncs", "--watch", "--kind", "hosts", "--config", config);
    await eventually("the first are printed", () => said().includes("OUTCOME"));
    const before = said();
    const foreman = client(world, { via: "unix", prefix: "/container_gateway" });
    const { response } = await foreman.putHosts({ body: { hosts: [{ uuid: DEMO_HOST }] } });
    expect(response.status).toBe(200);
    await eventually("the new one is printed", () => / hosts .* done/.test(said().slice(before.length)));
    child.kill("SIGINT");
    await ended;
    expect(child.signalCode).toBe("SIGINT");
  });

  test("audit shows what operators did to a user, and to a repository", async () => {
    expect(await run("unlock", "carol smith")).toMatchObject({ code: 0 });
    expect(await run("cache", "clear", "org/cleared")).toMatchObject({ code: 0 });
    await eventually("both are written", async () =>
      (await run("audit", "--repository", "org/cleared")).text.includes("deleteCache"),
    );
    expect((await run("audit", "--user", "Carol Smith")).text).toMatch(
      / {2}allowed {2}administration {2}administrator {2}unix {2}deleteLockouts {2}user="carol smith"$/m,
    );
  });

  test("audit asks the gateway if the audit log is no file", async () => {
    const file = writeSettings({ admin_listen: `unix:${world.adminSocket}` });
    const audit = async (...words: string[]) => {
      const { ended, said } = startCommand("audit", ...words, "--config", file);
      return { code: await ended, text: said() };
    };
    expect(await audit("--user", "Alice")).toEqual({
      code: 0,
      text: expect.stringMatching(/allowed {2}login {2}login {2}alice {2}127\.0\.0\.1/),
    });
    expect(await audit("--user", "Alic")).toEqual({ code: 0, text: "" });
    expect(await audit("--since", "2999-01-01")).toEqual({ code: 0, text: "" });
    const times = (await audit("--json")).text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).time);
    expect(times).toEqual(times.toSorted());
    expect(times.length).toBeGreaterThan(1);
    expect(await audit("--socket", "/nowhere/admin.sock")).toEqual({
      code: 1,
      text: expect.stringMatching(/^the audit log is in the log: .*journalctl.*; .*is the gateway running/),
    });
  });

  test.each([
    [["user", "nobody"], 1, /^no user nobody is known here$/m],
    [["revoke", "0".repeat(64)], 1, /^no token has this checksum$/m],
    [["log-level", "loud"], 64, /LEVEL must be trace or debug/],
    [["log-level", "debug", "--for", "soon"], 64, /--for must be a time such as 30s/],
    [["explain", "10.0.0.1", "org/app"], 64, /WHO must be a login/],
    [["explain", "/nowhere/host.crt", "org/app"], 1, /the certificate can't be read: .*nowhere/],
    [["users", "--limit", "many"], 64, /--limit must be a whole number/],
    [["syncs", "--kind", "all"], 64, /--kind must be repositories/],
    [["status", "--socket", "/nowhere/admin.sock"], 1, /at \/nowhere\/admin\.sock: is the gateway running/],
  ])("%j says what is wrong", async (words, code, expected) => {
    expect(await run(...words)).toEqual({ code, text: expect.stringMatching(expected) });
  });

  test("needs a unix socket of administration", async () => {
    const file = join(testFolder(), "no-socket.yml");
    writeFileSync(file, "admin_listen: off\n");
    const { ended, said } = startCommand("status", "--config", file);
    expect(await ended).toBe(1);
    expect(said()).toMatch(/no-socket\.yml:1: admin_listen is off, and commands need a unix socket/);
  });
});

describe("a gateway with two workers", () => {
  let gateway: GatewayProcess;
  const socket = join(testFolder(), "two-workers.sock");
  const admin = `${socket}.admin`;
  const rotated = join(testFolder(), "two-workers-audit.log");

  beforeAll(async () => {
    gateway = await startGatewayProcess({
      config: writeSettings({
        ...settingsFor("https://127.0.0.1:9", "http://127.0.0.1:9", await createDatabase(), socket),
        serve_before_first_sync: true,
        workers: 2,
        audit_log: rotated,
      }),
    });
  });
  afterAll(async () => {
    await gateway.stop();
  });

  const ask = async (...words: string[]) => {
    const { ended, said } = startCommand(...words, "--socket", admin);
    return { code: await ended, text: said() };
  };

  test("is one to its operator: both workers are shown, changed and counted", async () => {
    await eventually(
      "both workers are ready",
      async () => JSON.parse((await ask("status", "--json")).text).workers?.length === 2,
    );
    expect((await ask("log-level", "warn")).text).toBe("the log level of 2 workers is warn\n");
    const { code, text } = await ask("status", "--json");
    const { workers, problems } = JSON.parse(text);
    expect(workers).toMatchObject([{ log_level: "warn" }, { log_level: "warn" }]);
    // Neither upstream runs.
    expect(code).toBe(2);
    expect(problems.map(({ text: problem }: { text: string }) => problem)).toEqual(
      expect.arrayContaining(["Katello does not reply", "Pulp does not reply"]),
    );
    const counted = /requests_total\{operation="getHealth",status="200",caller="anonymous"\} (\d+)/;
    const [, url = ""] = gateway.addresses;
    for (let sent = 0; sent < 20; sent += 1) await healthAt(url);
    expect(Number(counted.exec((await ask("metrics")).text)?.[1])).toBe(20);
  });

  test("goes on after logrotate has moved the audit log and sent SIGUSR1", async () => {
    const [, url = ""] = gateway.addresses;
    const linesOf = (file: string): number =>
      existsSync(file) ? readFileSync(file, "utf8").split("getTags").length - 1 : 0;
    // As many that each worker has written before.
    const refuse = async () => {
      for (let sent = 0; sent < 20; sent += 1)
        await callAt(url, (gateway) => gateway.getTags({ params: { path: { name: "org/app" } } }));
    };
    await refuse();
    await eventually("the refusals are in the file", () => linesOf(rotated) === 20);
    renameSync(rotated, `${rotated}.1`);
    const pids = [gateway.child.pid ?? 0, ...gateway.workers()];
    for (const pid of pids) process.kill(pid, "SIGUSR1");
    await refuse();
    await eventually("the next ones are in a new file", () => linesOf(rotated) === 20);
    expect(linesOf(`${rotated}.1`)).toBe(20);
    expect([gateway.child.pid, ...gateway.workers()]).toEqual(pids);
    expect(gateway.said()).not.toMatch(/debugger/i);
  });

  test("answers without a worker that has died", async () => {
    const { workers } = JSON.parse((await ask("status", "--json")).text);
    process.kill(workers[0].pid, "SIGKILL");
    await eventually("another worker is there", async () => {
      const { text } = await ask("status", "--json");
      const now = JSON.parse(text).workers ?? [];
      return now.length === 2 && now.every(({ pid }: { pid: number }) => pid !== workers[0].pid);
    });
  });

  test("records a reload in the audit log", async () => {
    expect(await ask("reload")).toEqual({
      code: 0,
      text: "reloaded: 2 new workers serve\n",
    });
    const calls = () =>
      readFileSync(rotated, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
        .filter(({ operation }) => operation === "postReload");
    await eventually("it is written", () => calls().length > 0);
    expect(calls()).toMatchObject([
      { event: "administration", decision: "allowed", caller: "administrator", name: "unix" },
    ]);
    await eventually("the workers are exchanged", () => gateway.said().includes('"msg":"reloaded"'), 60);
  });
});
