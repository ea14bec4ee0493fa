/** A gateway with its own database, a sender of syncs and a reader of pulls. */
import { type ChildProcess, execFile, fork } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import pg from "pg";
import { stringify } from "yaml";
import { type DemoCertificates, makeCertificates } from "../../src/demo/certificates.ts";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway-process.ts";
import type { StartGateway } from "./pull-world.ts";
import { type Form, hostGrants, lengthOf, repository, repositoryList, userGrants } from "./site.ts";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** What syncs are sent to, and who reads meanwhile. */
export interface SyncSite {
  readonly folder: string;
  readonly certificates: DemoCertificates;
  readonly gateway: GatewayProcess;
  readonly reads: ChildProcess;
  /** Connection string of its database. */
  readonly database: string;
}

/** Sends a sync, and resolves to the seconds until its reply. */
export type Send = (path: string, body: Form) => Promise<number>;

/** Sends a message to a process, and resolves to the next one that it sends. */
export async function answerOf(
  child: ChildProcess,
  question: object | string,
): Promise<Record<string, unknown>> {
  const answer = once(child, "message");
  child.send(question);
  const [message] = await answer;
  return message;
}

/** Starts a program of this folder. */
export const forked = (name: string): ChildProcess => fork(here(name), { execArgv: ["--import", "tsx"] });

/** Sends a body as fast as it is read, and returns the seconds until the reply. */
export async function sendFrom(request: ReturnType<typeof httpRequest>, body: Form): Promise<number> {
  const began = performance.now();
  const answered = once(request, "response");
  await pipeline(Readable.from(body), request);
  const [response] = await answered;
  let text = "";
  for await (const chunk of response) text += String(chunk);
  if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${text}`);
  return (performance.now() - began) / 1000;
}

/** Headers of a form. */
export const FORM = { "content-type": "application/x-www-form-urlencoded" };

/** Sends with node:https. */
export const nodeSender =
  ({ gateway, certificates: { ca, foreman } }: SyncSite): Send =>
  (path, body) => {
    const url = `${gateway.addresses[0]}/container_gateway/${path}/`;
    const headers = { ...FORM, "content-length": lengthOf(body) };
    return sendFrom(httpsRequest(url, { method: "PUT", headers, ca, ...foreman, agent: false }), body);
  };

/** Sends with the client that Katello uses. */
export const rubySender =
  ({ gateway, folder }: SyncSite): Send =>
  async (path, body) => {
    const file = join(folder, "form");
    writeFileSync(file, Buffer.concat(body));
    const url = `${gateway.addresses[0]}/container_gateway/${path}`;
    const names = ["foreman.crt", "foreman.key", "ca.crt"].map((name) => join(folder, name));
    const { stdout } = await promisify(execFile)("ruby", [here("sender.rb"), url, file, ...names]);
    rmSync(file);
    const { seconds, status } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
    if (status !== 200) throw new Error(`rest-client: ${status}`);
    return seconds;
  };

/** Runs statements on a database. */
export async function sql(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

/** A reader with grants for the first 50 repositories from a login, which no sync withdraws. */
function prepareReader(url: string, token: string): Promise<void> {
  const names = Array.from({ length: 50 }, (_, index) => `('${repository(index)}')`).join(",");
  return sql(
    url,
    `INSERT INTO repositories (name, auth_required) SELECT name, true FROM (VALUES ${names}) r (name);
     INSERT INTO users (name, folded_name, granted_at) VALUES ('reader', 'reader', 'infinity');
     INSERT INTO pushes (kind, request_id, at) VALUES ('users', 'bench', '2000-01-01');
     INSERT INTO repositories_users (user_id, repository_id) SELECT u.id, r.id FROM users u, repositories r;
     INSERT INTO authentication_tokens (token_checksum, expire_at, user_id)
     SELECT '${createHash("sha256").update(token).digest("hex")}', now() + interval '1 day', id FROM users`,
  );
}

/**
 * Starts a gateway, and a reader of it.
 * @param start starts the gateway, if not the one of this version
 * @param settings settings that only some versions have; by default, that the reader pulls before the first sync, too
 */
export async function startSite(
  folder: string,
  database: string,
  certificates: DemoCertificates,
  start: StartGateway = startGatewayProcess,
  settings: Readonly<Record<string, unknown>> = { serve_before_first_sync: true },
): Promise<SyncSite> {
  const reads = forked("./reads.ts");
  const [{ pulp }] = await once(reads, "message");
  const config = join(folder, `settings-${randomUUID()}.yml`);
  const file = (name: string) => join(folder, name);
  writeFileSync(
    config,
    stringify({
      listen: ["https://127.0.0.1:0", "http://127.0.0.1:0"],
      ssl_certificate: file("server.crt"),
      ssl_private_key: file("server.key"),
      ssl_ca_file: file("ca.crt"),
      trusted_hosts: ["foreman.example.org"],
      foreman_url: "https://127.0.0.1:9",
      pulp_endpoint: `http://127.0.0.1:${pulp}`,
      public_url: "https://127.0.0.1",
      db_connection_string: database,
      log_level: "info",
      workers: 1,
      ...settings,
    }),
  );
  const gateway = await start({ config, first: here("./probe.mjs") });
  const token = "bench-token";
  await prepareReader(database, token);
  reads.send({ url: gateway.addresses[1], token });
  // The gateway has run for a moment, as it has at a site.
  reads.send({ do: "start" });
  await sleep(3_000);
  await answerOf(reads, { do: "stop" });
  return { folder, certificates, gateway, reads, database };
}

/** Stops what {@link startSite} started. */
export async function stopSite({ gateway, reads }: SyncSite): Promise<void> {
  await gateway.stop();
  reads.disconnect();
}

/** Makes a folder with the certificates of sites. */
export async function syncFolder(): Promise<{ folder: string; certificates: DemoCertificates }> {
  const folder = mkdtempSync(join(tmpdir(), "cgw-syncs-"));
  chmodSync(folder, 0o755);
  const certificates = await makeCertificates();
  writeFileSync(join(folder, "ca.crt"), certificates.ca);
  for (const name of ["server", "foreman"] as const) {
    writeFileSync(join(folder, `${name}.crt`), certificates[name].cert);
    writeFileSync(join(folder, `${name}.key`), certificates[name].key);
  }
  return { folder, certificates };
}

/** A sync to measure. */
interface Step {
  readonly what: string;
  run(): Promise<number>;
}

/** Yields each sync for the first time, unchanged and with 1 % changed, in an order that fills the database. */
export async function* syncSteps({ database }: SyncSite, send: Send): AsyncGenerator<Step> {
  function* three(what: string, path: string, first: Form, changed: Form): Generator<Step> {
    yield { what: `${what}, first`, run: () => send(path, first) };
    yield { what: `${what}, unchanged`, run: () => send(path, first) };
    yield { what: `${what}, 1 % changed`, run: () => send(path, changed) };
  }
  const lists = [repositoryList(), repositoryList(200)] as const;
  yield* three("20,000 repositories, empty database", "repository_list", ...lists);
  await send("repository_list", lists[0]);
  yield* three("100 users x 5,000", "user_repository_mapping", userGrants(), userGrants(50));
  yield* three("10,000 hosts x 200", "host_repository_mapping", hostGrants(), hostGrants(2));
  // First sync with a full database: all repositories are granted, and only those of the reader are listed.
  await sql(
    database,
    `UPDATE repositories SET listed = false WHERE id NOT IN (SELECT repository_id FROM repositories_users
     JOIN users u ON u.id = user_id WHERE u.name = 'reader')`,
  );
  yield* three("20,000 repositories, 2.5 M grants", "repository_list", ...lists);
}
