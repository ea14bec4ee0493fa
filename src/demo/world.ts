/** Data of the demo Katello: two users, one host, one public and two private repositories. */
import { DEMO_HOST } from "./certificates.ts";
import type { DemoUser } from "./katello.ts";
import type { SyncedRepository } from "./sync.ts";

/** Users and the repositories that they may pull. `org/public-app` is open to all. */
export const DEMO_USERS: Readonly<Record<string, DemoUser>> = {
  alice: { password: "secret", repositories: ["org/public-app", "org/private-app"] },
  bob: { password: "hunter2", repositories: ["org/public-app", "org/other-app"] },
};

/** An administrator of Foreman. */
export const DEMO_ADMINISTRATOR: Readonly<Record<string, DemoUser>> = {
  admin: { password: "changeme", repositories: [], administrator: true },
};

/** Registered hosts and the repositories that they may pull. */
export const DEMO_HOSTS: Readonly<Record<string, readonly string[]>> = {
  [DEMO_HOST]: ["org/private-app"],
};

/** Repositories that Katello lists. */
export const DEMO_REPOSITORIES: readonly SyncedRepository[] = [
  { repository: "org/public-app", auth_required: false },
  { repository: "org/private-app", auth_required: true },
  { repository: "org/other-app", auth_required: true },
];

const listed = (names: readonly string[]): SyncedRepository[] =>
  DEMO_REPOSITORIES.filter(({ repository }) => names.includes(repository));

/** Lists and mappings of the sync. */
export const DEMO_SYNC = {
  repositories: DEMO_REPOSITORIES,
  users: Object.fromEntries(
    Object.entries(DEMO_USERS).map(([login, { repositories }]) => [login, listed(repositories)]),
  ),
  hosts: Object.fromEntries(Object.entries(DEMO_HOSTS).map(([uuid, names]) => [uuid, listed(names)])),
};
