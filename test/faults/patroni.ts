/**
 * Two PostgreSQL servers of Debian that Patroni (https://patroni.readthedocs.io) looks after, with its own consensus, Raft, and synchronous
 * replication, so that no commit is confirmed that the other one does not have.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { installPython } from "../clients/python.ts";
import { freePorts } from "../pulp/ports.ts";
import { query } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { testFolder } from "../support/gateway.ts";
import { account, PROGRAMS } from "./postgres.ts";

const START_TIMEOUT_S = 60;
/** Most time from a fault until Patroni has promoted the other server. */
const FAILOVER_TIMEOUT_S = 60;

/** A server with its Patroni. */
interface Node {
  readonly name: string;
  readonly data: string;
  readonly port: number;
  readonly api: string;
}

/** What Patroni says of its servers. */
interface Cluster {
  readonly members?: readonly { readonly role: string; readonly state: string }[];
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Copies the packages to a folder that the account of PostgreSQL may read. */
async function packagesIn(folder: string): Promise<string> {
  const programs = await installPython("patroni", here("./patroni.txt"));
  const lib = join(dirname(programs), "lib");
  const [python = ""] = readdirSync(lib);
  const packages = join(folder, "packages");
  cpSync(join(lib, python, "site-packages"), packages, { recursive: true });
  return packages;
}

/** The settings of one of the servers. */
function settingsOf({ name, data, port, api }: Node, folder: string, raft: object): string {
  const address = `127.0.0.1:${port}`;
  return stringify({
    scope: "gateway",
    name,
    restapi: { listen: api, connect_address: api },
    raft,
    bootstrap: {
      dcs: {
        ttl: 20,
        loop_wait: 1,
        retry_timeout: 3,
        primary_start_timeout: 0,
        synchronous_mode: true,
        postgresql: { parameters: { shared_buffers: "16MB", unix_socket_directories: "" } },
      },
      initdb: [{ encoding: "UTF8" }, { locale: "C.UTF-8" }, "no-sync"],
    },
    postgresql: {
      listen: address,
      connect_address: address,
      data_dir: data,
      bin_dir: PROGRAMS,
      pgpass: join(folder, `${name}.pgpass`),
      authentication: { superuser: { username: "gateway" }, replication: { username: "replicator" } },
      pg_hba: ["host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust"],
    },
  });
}

export class Patroni {
  readonly #nodes: readonly Node[];
  readonly #children: readonly ChildProcess[];

  private constructor(nodes: readonly Node[], children: readonly ChildProcess[]) {
    this.#nodes = nodes;
    this.#children = children;
  }

  /** Starts both servers, and a third voter of the consensus; resolves when the second one is a synchronous standby. */
  static async start(): Promise<Patroni> {
    const run = { cwd: "/", ...account() } as const;
    const folder = join(testFolder(), `patroni-${randomBytes(4).toString("hex")}`);
    mkdirSync(folder);
    chownSync(folder, run.uid, run.gid);
    const env = { ...process.env, PYTHONPATH: await packagesIn(folder), HOME: folder };
    const first = await freePorts(7);
    const voters = [0, 1, 2].map((index) => `127.0.0.1:${first + index}`);
    const raftOf = (index: number) => ({
      data_dir: join(folder, `raft-${index}`),
      self_addr: voters[index],
      partner_addrs: voters.filter((_, other) => other !== index),
    });
    const nodes = ["one", "other"].map((name, index) => ({
      name,
      data: join(folder, name),
      port: first + 3 + index,
      api: `127.0.0.1:${first + 5 + index}`,
    }));
    const start = (name: string, module: string, settings: string) => {
      const file = join(folder, `${name}.yml`);
      writeFileSync(file, settings);
      const python = ["-c", `from ${module} import main; main()`, file];
      return spawn("python3", python, { ...run, env, stdio: "ignore" });
    };
    const children = nodes.map((node, index) =>
      start(node.name, "patroni.__main__", settingsOf(node, folder, raftOf(index))),
    );
    children.push(start("voter", "patroni.raft_controller", stringify({ raft: raftOf(2) })));
    const patroni = new Patroni(nodes, children);
    await eventually("a standby is synchronous", () => patroni.#hasSynchronousStandby(), START_TIMEOUT_S);
    await query(patroni.#urlOf(await patroni.leader(), "postgres"), "CREATE DATABASE gateway");
    return patroni;
  }

  /** A libpq URL with both servers. */
  get url(): string {
    const hosts = this.#nodes.map(({ port }) => `127.0.0.1:${port}`).join(",");
    return `postgresql://gateway@${hosts}/gateway?target_session_attrs=read-write`;
  }

  /** The server that accepts writes. @throws Error if there is none */
  async leader(): Promise<Node> {
    for (const node of this.#nodes) if (await this.#acceptsWrites(node)) return node;
    throw new Error("no server accepts writes");
  }

  /** Resolves as soon as another server accepts writes. */
  async hasLeaderOtherThan(before: Node): Promise<void> {
    const others = this.#nodes.filter((node) => node !== before);
    await eventually(
      "another server is promoted",
      async () => (await Promise.all(others.map((node) => this.#acceptsWrites(node)))).includes(true),
      FAILOVER_TIMEOUT_S,
    );
  }

  /** Kills the leader's PostgreSQL and its Patroni, as the end of their machine does. The other one waits until its lock expires. */
  async killLeader(): Promise<void> {
    const leader = await this.leader();
    this.#children[this.#nodes.indexOf(leader)]?.kill("SIGKILL");
    const [pid = ""] = readFileSync(join(leader.data, "postmaster.pid"), "utf8").split("\n");
    process.kill(Number(pid), "SIGKILL");
  }

  /** Makes the standby the leader, as an operator does. */
  async switchOver(): Promise<void> {
    const leader = await this.leader();
    const body = JSON.stringify({ leader: leader.name });
    const reply = await fetch(`http://${leader.api}/switchover`, { method: "POST", body });
    if (reply.status !== 200) throw new Error(`Patroni: ${reply.status} ${await reply.text()}`);
  }

  /** Connection string of the leader. @throws Error if there is none */
  async leaderUrl(): Promise<string> {
    return this.#urlOf(await this.leader(), "gateway");
  }

  /** Stops all. Patroni stops its PostgreSQL. */
  async stop(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, "exit");
      child.kill();
      await ended;
    }
  }

  #urlOf({ port }: Node, database: string): string {
    return `postgresql://gateway@127.0.0.1:${port}/${database}`;
  }

  async #acceptsWrites(node: Node): Promise<boolean> {
    const rows = await query<{ writes: boolean }>(
      this.#urlOf(node, "postgres"),
      "SELECT NOT pg_is_in_recovery() AS writes",
    ).catch(() => []);
    return rows[0]?.writes === true;
  }

  /** True if Patroni itself knows the other server as a synchronous standby: before that it would not promote it. */
  async #hasSynchronousStandby(): Promise<boolean> {
    for (const { api } of this.#nodes) {
      const reply = await fetch(`http://${api}/cluster`).catch(() => undefined);
      const { members = [] }: Cluster = reply?.status === 200 ? JSON.parse(await reply.text()) : {};
      if (members.some(({ role, state }) => role === "sync_standby" && state === "streaming")) return true;
    }
    return false;
  }
}
