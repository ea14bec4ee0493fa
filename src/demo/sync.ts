/** Katello's sync of a gateway at the end of a Smart Proxy synchronization: same calls, same order, same encoding. */
import { randomUUID } from "node:crypto";
import { gunzipSync, inflateSync } from "node:zlib";
import { Agent, request } from "undici";
import { encodeForm, type FormValue } from "../client/forms.ts";
import { errorText } from "../model/error-text.ts";

/** A repository in Katello's lists. */
export type SyncedRepository = {
  readonly repository: string;
  readonly auth_required: boolean;
};

/** Data of the sync, and the address of the gateway. */
export interface SyncOptions {
  /** URL of the Smart Proxy, without `/container_gateway`. */
  baseUrl: string;
  /** CA of the gateway's certificate, and Foreman's certificate and key, all PEM. */
  tls?: { ca: string; cert: string; key: string };
  repositories: readonly SyncedRepository[];
  /** Repositories of all users by login. Only users that the gateway lists are sent. */
  users: Readonly<Record<string, readonly SyncedRepository[]>>;
  /** Repositories of all hosts by uuid. */
  hosts: Readonly<Record<string, readonly SyncedRepository[]>>;
}

/** Timeout of Katello's calls. */
const TIMEOUT_MS = 60_000;

/** Decoders of the encodings in `Accept-Encoding`. */
const DECODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: gunzipSync,
  deflate: inflateSync,
};

/**
 * Sends a complete sync. A failed call does not prevent the others, except that the mapping of users needs the gateway's list.
 *
 * @throws AggregateError after all calls, with each one that got a status of 400 or more, a reply that is neither empty nor
 * JSON, or no reply
 */
export async function sendSync({ baseUrl, tls, repositories, users, hosts }: SyncOptions): Promise<void> {
  const gateway = new Gateway(baseUrl, tls);
  const steps = [
    () => gateway.put("repository_list", { repositories }),
    async () => {
      const listed = await gateway.users();
      const mapping = Object.entries(users).filter(([login]) => listed.includes(login));
      if (mapping.length > 0) await gateway.put("user_repository_mapping", { users: mapping.map(single) });
    },
    () => gateway.put("update_hosts", { hosts: Object.keys(hosts).map((uuid) => ({ uuid })) }),
    () => gateway.put("host_repository_mapping", { hosts: Object.entries(hosts).map(single) }),
  ];
  const failures: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => failures.push(error));
  await gateway.close();
  if (failures.length > 0) throw new AggregateError(failures, failures.map(errorText).join("\n"));
}

/** Makes an object with one member: in Katello's lists logins and uuids are names of members. */
function single([name, repositories]: [string, readonly SyncedRepository[]]): FormValue {
  return Object.fromEntries([[name, repositories]]);
}

class Gateway {
  readonly #base: string;
  readonly #agent: Agent;
  readonly #headers = {
    accept: "application/json",
    "accept-encoding": "gzip;q=1.0,deflate;q=0.6,identity;q=0.3",
    "user-agent": "rest-client/2.1.0 (linux-gnu x86_64) ruby/3.1.7p261",
    "x-request-id": randomUUID(),
    "x-session-id": randomUUID(),
  };

  constructor(baseUrl: string, tls: SyncOptions["tls"]) {
    this.#base = `${baseUrl.replace(/\/+$/, "")}/container_gateway`;
    this.#agent = new Agent(tls === undefined ? {} : { connect: tls });
  }

  /** Sends a PUT. rest-client appends a slash to its URL, and to no other. */
  async put(name: string, payload: { readonly [name: string]: FormValue }): Promise<void> {
    await this.#call("PUT", `${name}/`, encodeForm(payload));
  }

  /** Fetches the logins that the gateway lists. */
  async users(): Promise<string[]> {
    const reply = await this.#call("GET", "users");
    const users = typeof reply === "object" && reply !== null && "users" in reply ? reply.users : undefined;
    if (!Array.isArray(users))
      throw new Error("GET /container_gateway/users: the reply has no list of users");
    return users.filter((login) => typeof login === "string");
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }

  async #call(method: "GET" | "PUT", path: string, form?: string): Promise<unknown> {
    const call = `${method} /container_gateway/${path}`;
    const { statusCode, headers, body } = await request(`${this.#base}/${path}`, {
      method,
      dispatcher: this.#agent,
      headers:
        form === undefined
          ? this.#headers
          : { ...this.#headers, "content-type": "application/x-www-form-urlencoded" },
      body: form ?? null,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const bytes = Buffer.from(await body.arrayBuffer());
    const text = (DECODERS[String(headers["content-encoding"])]?.(bytes) ?? bytes).toString("utf8");
    if (statusCode >= 400) throw new Error(`${call}: status ${statusCode}: ${text.slice(0, 1000)}`);
    if (text === "") return true;
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new Error(`${call}: status ${statusCode}, and the reply is not JSON`, { cause });
    }
  }
}
