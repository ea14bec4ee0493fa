/** Katello's five sync calls, one by one, to any gateway, and the state after them. */
import { asForm, type components, createGatewayClient, type GatewayClient } from "../../src/client/index.ts";
import { query } from "./database.ts";
import { pem } from "./gateway.ts";

type Schemas = components["schemas"];

/** The bodies of the calls. */
export interface Syncs {
  readonly repository_list: Schemas["RepositoryList"];
  readonly user_repository_mapping: Schemas["UserMapping"];
  readonly update_hosts: Schemas["HostList"];
  readonly host_repository_mapping: Schemas["HostMapping"];
  readonly update_host_repositories: Schemas["HostMapping"];
}
export type PushName = keyof Syncs;

/** Each call by its name. */
const CALLS: Readonly<
  Record<PushName, (gateway: GatewayClient, syncs: Syncs) => Promise<{ readonly response: Response }>>
> = {
  repository_list: (gateway, { repository_list: body }) => gateway.putRepositories({ body, ...asForm }),
  user_repository_mapping: (gateway, { user_repository_mapping: body }) =>
    gateway.putUserGrants({ body, ...asForm }),
  update_hosts: (gateway, { update_hosts: body }) => gateway.putHosts({ body, ...asForm }),
  host_repository_mapping: (gateway, { host_repository_mapping: body }) =>
    gateway.putHostGrants({ body, ...asForm }),
  update_host_repositories: (gateway, { update_host_repositories: body }) =>
    gateway.putOneHostGrants({ body, ...asForm }),
};

/** The five calls, in Katello's order. */
export const PUSHES = [
  "repository_list",
  "user_repository_mapping",
  "update_hosts",
  "host_repository_mapping",
  "update_host_repositories",
] as const satisfies readonly PushName[];

const gateways = new Map<string, GatewayClient>();

/** Closes the connections of all calls. */
export function closePushes(): void {
  for (const gateway of gateways.values()) gateway.close();
  gateways.clear();
}

/** @returns the status, or undefined if the gateway disconnected */
export async function push(https: string, name: PushName, pushes: Syncs): Promise<number | undefined> {
  const gateway =
    gateways.get(https) ??
    createGatewayClient({
      url: `${https}/container_gateway`,
      ca: pem("ca.crt"),
      certificate: { cert: pem("foreman.crt"), key: pem("foreman.key") },
    });
  gateways.set(https, gateway);
  try {
    return (await CALLS[name](gateway, pushes)).response.status;
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
