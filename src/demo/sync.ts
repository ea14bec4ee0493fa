/** Syncs to a gateway as Katello does at the end of a synchronisation: same calls, same order, same encoding. */
import { randomUUID } from "node:crypto";
import { gunzipSync, inflateSync } from "node:zlib";
import { Agent, request } from "undici";
import { errorText } from "../model/error-text.ts";

/** What a form can say. Numbers are whole ones: Ruby writes others differently. */
export type FormValue =
  | string
  | number
  | boolean
  | null
  | readonly FormValue[]
  | { readonly [name: string]: FormValue };

/** A repository as Katello lists it. */
export type SyncedRepository = {
  readonly repository: string;
  readonly auth_required: boolean;
};

/** What Katello knows, and how to reach the gateway. */
export interface SyncOptions {
  /** The smart proxy's URL, without `/container_gateway`. */
  baseUrl: string;
  /** PEM: the authority that the gateway's certificate is checked against, and Foreman's own certificate. */
  tls?: { ca: string; cert: string; key: string };
  repositories: readonly SyncedRepository[];
  /** Repositories of all users by login; only those that the gateway names are sent. */
  users: Readonly<Record<string, readonly SyncedRepository[]>>;
  /** Repositories of all hosts by uuid. */
  hosts: Readonly<Record<string, readonly SyncedRepository[]>>;
}

/** What Katello grants to one call, in milliseconds. */
const TIMEOUT_MS = 60_000;

/** The encodings that it says it reads. */
const DECODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: gunzipSync,
  deflate: inflateSync,
};

/**
 * A form as rest-client 2.1 writes it (`RestClient::Utils.encode_query_string`): elements of lists as `name[]`, members
 * of objects as `name[member]`, null and what is empty as a key without `=`.
 *
 * @throws URIError for text with half a surrogate pair, which has no UTF-8 form
 */
export function encodeForm(value: { readonly [name: string]: FormValue }): string {
  const pairs: string[] = [];
  for (const [name, member] of Object.entries(value)) writePairs(pairs, encodeText(name), member);
  return pairs.join("&");
}

function writePairs(pairs: string[], key: string, value: FormValue): void {
  if (value === null) {
    pairs.push(key);
  } else if (typeof value !== "object") {
    pairs.push(`${key}=${encodeText(String(value))}`);
  } else {
    const members: [string, FormValue][] = isList(value)
      ? value.map((item) => ["", item])
      : Object.entries(value).map(([name, member]) => [encodeText(name), member]);
    if (members.length === 0) pairs.push(key);
    for (const [name, member] of members) writePairs(pairs, `${key}[${name}]`, member);
  }
}

function isList(value: FormValue): value is readonly FormValue[] {
  return Array.isArray(value);
}

/** `URI.encode_www_form_component` of Ruby: `*-._` stay, a space is `+`, all else is percent-encoded UTF-8. */
function encodeText(text: string): string {
  return encodeURIComponent(text).replace(/%20|[!'()~]/g, (found) =>
    found === "%20" ? "+" : `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * Sends one whole synchronisation. A call that fails keeps none of the others from being made, but for the mapping of
 * users whom the gateway did not name.
 *
 * @throws AggregateError when all are made, naming each call that had an answer of 400 or more, one that is neither
 * empty nor JSON, or none
 */
export async function sendSync({ baseUrl, tls, repositories, users, hosts }: SyncOptions): Promise<void> {
  const gateway = new Gateway(baseUrl, tls);
  const steps = [
    () => gateway.put("repository_list", { repositories }),
    async () => {
      const known = await gateway.users();
      const mapping = Object.entries(users).filter(([login]) => known.includes(login));
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

/** An object with one member; logins and uuids stand as names of members in Katello's lists. */
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

  /** rest-client puts a slash behind the URL of a PUT, and of no other call of Katello's. */
  async put(name: string, payload: { readonly [name: string]: FormValue }): Promise<void> {
    await this.#call("PUT", `${name}/`, encodeForm(payload));
  }

  /** The logins that the gateway knows. */
  async users(): Promise<string[]> {
    const answer = await this.#call("GET", "users");
    const users =
      typeof answer === "object" && answer !== null && "users" in answer ? answer.users : undefined;
    if (!Array.isArray(users))
      throw new Error("GET /container_gateway/users: the answer has no list of users");
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
      throw new Error(`${call}: status ${statusCode}, and the answer is not JSON`, { cause });
    }
  }
}
