/** The processes of the bench of pulls: upstreams, yardsticks and gateways. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { stringify } from "yaml";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../src/database/embedded/embedded.ts";
import { SUPERUSER } from "../../src/database/embedded/roles.ts";
import { makeCertificates } from "../../src/demo/certificates.ts";
import { DEMO_REPOSITORIES } from "../../src/demo/world.ts";
import { tokenAt } from "../support/calls.ts";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway-process.ts";

/** Katello and Pulp, and the content of `org/private-app`. */
export interface Neighbours {
  readonly katello: string;
  readonly pulp: string;
  readonly manifest: string;
  readonly blob: string;
  /** Number of requests to each since the last count. */
  counts(): Promise<{ katello: number; pulp: number }>;
}

/** The address of a process. */
export interface Place {
  readonly http: string;
  readonly https: string;
}

/** Starts a gateway of this version, or of another. */
export type StartGateway = typeof startGatewayProcess;

/** A gateway, with a token of alice. */
export interface BenchGateway extends Place {
  readonly token: string;
  readonly process: GatewayProcess;
  sql(text: string): Promise<void>;
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

async function start(
  name: string,
  args: readonly string[],
): Promise<{ child: ChildProcess; told: Record<string, string> }> {
  const child = fork(here(name), args, { execArgv: ["--import", "tsx"] });
  const [told] = await once(child, "message");
  return { child, told };
}

/** All processes of one run of the bench; `close` stops them. */
export class PullWorld {
  readonly folder: string;
  readonly #postgres: EmbeddedPostgres;
  readonly #closers: (() => Promise<void>)[] = [];
  #databases = 0;

  private constructor(folder: string, postgres: EmbeddedPostgres) {
    this.folder = folder;
    this.#postgres = postgres;
  }

  static async open(): Promise<PullWorld> {
    const folder = mkdtempSync(join(tmpdir(), "cgw-bench-"));
    chmodSync(folder, 0o755);
    const { ca, consumers, ...pairs } = await makeCertificates();
    writeFileSync(join(folder, "ca.crt"), ca);
    writeFileSync(join(folder, "consumers.crt"), consumers);
    for (const [name, { cert, key }] of Object.entries(pairs)) {
      writeFileSync(join(folder, `${name}.crt`), cert);
      writeFileSync(join(folder, `${name}.key`), key);
      writeFileSync(join(folder, `${name}.pem`), `${cert.trim()}\n${key}`);
    }
    return new PullWorld(folder, await startEmbeddedPostgres(join(folder, "data")));
  }

  /**
   * @param delay milliseconds before each reply of Pulp
   * @param contentOrigin origin of Pulp's redirects to blobs, if not its own
   */
  async neighbours(delay = 0, contentOrigin = ""): Promise<Neighbours> {
    const { child, told } = await start("neighbours.ts", [this.folder, String(delay), contentOrigin]);
    this.#closers.push(async () => void child.disconnect());
    const { katello = "", pulp = "", manifest = "", blob = "" } = told;
    const counts = async () => {
      const answer = once(child, "message");
      child.send("count");
      const [counted] = await answer;
      return counted;
    };
    return { katello, pulp, manifest, blob, counts };
  }

  /** @param folder the folder of its certificates */
  async yardstick(
    kind: "bare" | "bytes" | "pass" | "registry" | "blob" | "proxy",
    argument: string,
    folder: string = this.folder,
  ): Promise<Place & { readonly pid: number }> {
    const { child, told } = await start("yardsticks.ts", [kind, folder, argument]);
    this.#closers.push(async () => void child.disconnect());
    return { http: told.http ?? "", https: told.https ?? "", pid: child.pid ?? 0 };
  }

  /**
   * @param first a module that is preloaded
   * @param start starts the process, if not the one of this version
   */
  async gateway(
    { katello, pulp }: Neighbours,
    settings: Readonly<Record<string, unknown>> = {},
    first?: string,
    start: StartGateway = startGatewayProcess,
  ): Promise<BenchGateway> {
    const inFolder = (name: string) => join(this.folder, name);
    this.#databases += 1;
    const database = this.#postgres.connectionString(`bench_${this.#databases}`, SUPERUSER);
    const config = inFolder(`settings-${this.#databases}.yml`);
    writeFileSync(
      config,
      stringify({
        listen: ["http://127.0.0.1:0", "https://127.0.0.1:0"],
        ssl_certificate: inFolder("server.crt"),
        ssl_private_key: inFolder("server.key"),
        ssl_ca_file: inFolder("ca.crt"),
        rhsm_ca_file: inFolder("consumers.crt"),
        foreman_url: katello,
        foreman_ssl_ca: inFolder("ca.crt"),
        foreman_ssl_cert: inFolder("gateway.crt"),
        foreman_ssl_key: inFolder("gateway.key"),
        pulp_endpoint: pulp,
        db_connection_string: database,
        workers: 1,
        // All clients of a benchmark have the same address.
        max_connections_per_address: 5_000,
        ...settings,
      }),
    );
    const process = await start({ config, ...(first === undefined ? {} : { first }) });
    this.#closers.push(() => process.stop());
    const [http = "", https = ""] = process.addresses;
    const sql = async (text: string) => {
      const client = new pg.Client({ connectionString: database });
      await client.connect();
      await client.query(text);
      await client.end();
    };
    const rows = DEMO_REPOSITORIES.map(
      ({ repository, auth_required }) => `('${repository}', ${auth_required})`,
    );
    await sql(
      `INSERT INTO repositories (name, auth_required) VALUES ${rows.join(", ")}; NOTIFY container_gateway, 'repositories *'`,
    );
    const token = await tokenAt(http, { name: "alice", password: "secret" });
    return { http, https, token, process, sql };
  }

  async close(): Promise<void> {
    for (const close of this.#closers.reverse()) await close();
    await this.#postgres.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 500 });
  }
}
