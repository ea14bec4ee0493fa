/** Katello's five sync calls, one by one, to any gateway, and the state after them. */
import { Agent, request } from "undici";
import { encodeForm, type FormValue } from "../../src/client/forms.ts";
import { query } from "./database.ts";
import { pem } from "./gateway.ts";

/** The five calls, in Katello's order. */
export const PUSHES = [
  "repository_list",
  "user_repository_mapping",
  "update_hosts",
  "host_repository_mapping",
  "update_host_repositories",
] as const;
export type PushName = (typeof PUSHES)[number];
/** The bodies of the calls. */
export type Syncs = Readonly<Record<PushName, { readonly [name: string]: FormValue }>>;

const agents = new Map<string, Agent>();

/** Closes the connections of all calls. */
export async function closePushes(): Promise<void> {
  await Promise.all([...agents.values()].map((agent) => agent.destroy()));
  agents.clear();
}

/** @returns the status, or undefined if the gateway disconnected */
export async function push(https: string, name: PushName, pushes: Syncs): Promise<number | undefined> {
  const agent =
    agents.get(https) ??
    new Agent({ connect: { ca: pem("ca.crt"), cert: pem("foreman.crt"), key: pem("foreman.key") } });
  agents.set(https, agent);
  try {
    const answer = await request(`${https}/container_gateway/${name}/`, {
      dispatcher: agent,
      method: "PUT",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: encodeForm(pushes[name]),
    });
    await answer.body.dump();
    return answer.statusCode;
  } catch {
    return undefined;
  }
}

/** The state that one call determines, as one text. */
const STATE: Readonly<Record<PushName, string>> = {
  repository_list: `SELECT name || ' ' || auth_required AS v FROM repositories WHERE listed`,
  user_repository_mapping: `SELECT lower(u.name) || ' ' || r.name AS v FROM repositories_users
    JOIN users u ON u.id = user_id JOIN repositories r ON r.id = repository_id`,
  update_hosts: `SELECT uuid AS v FROM hosts`,
  host_repository_mapping: `SELECT h.uuid || ' ' || r.name AS v FROM hosts_repositories
    JOIN hosts h ON h.id = host_id JOIN repositories r ON r.id = repository_id`,
  update_host_repositories: `SELECT h.uuid || ' ' || r.name AS v FROM hosts_repositories
    JOIN hosts h ON h.id = host_id JOIN repositories r ON r.id = repository_id`,
};

/** The rows that a call determines. */
export async function stateOf(database: string, name: PushName): Promise<string> {
  const rows = await query<{ v: string }>(
    database,
    `SELECT v FROM (${STATE[name]}) s ORDER BY v COLLATE "C"`,
  );
  return rows.map(({ v }) => v).join("\n");
}

const entries = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    repository: `org/repo-${from + index}`,
    auth_required: true,
  }));
const subjects = (prefix: string, from: number, count: number, each: number) =>
  Array.from({ length: count }, (_, index) => ({
    [`${prefix}${from + index}`]: entries((from + index) % 50, each),
  }));

/** Two syncs of one site that differ in each of the calls. @param size approximate number of repositories */
export function twoSyncs(size: number): readonly [Syncs, Syncs] {
  const sync = (from: number): Syncs => ({
    repository_list: { repositories: entries(from, size) },
    user_repository_mapping: { users: subjects("user-", from, 20, size / 4) },
    update_hosts: { hosts: Array.from({ length: size }, (_, index) => ({ uuid: `host-${from + index}` })) },
    host_repository_mapping: { hosts: subjects("host-", from, size / 10, size / 10) },
    update_host_repositories: { hosts: [{ "host-11": entries(from, size / 2) }] },
  });
  return [sync(0), sync(10)];
}
