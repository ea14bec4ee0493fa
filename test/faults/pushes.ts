/** One large sync of Katello's. */
import { push, twoSyncs } from "../support/sync-pushes.ts";

/** @returns the status of a sync of that many repositories, beside those of the demo */
export function pushOfMany(https: string, count: number): Promise<number | undefined> {
  const repositories = [
    ...[
      { repository: "org/public-app", auth_required: false },
      { repository: "org/private-app", auth_required: true },
      { repository: "org/other-app", auth_required: true },
    ],
    ...Array.from({ length: count }, (_, index) => ({
      repository: `org/${"many/".repeat(10)}repo-${index}`,
      auth_required: true,
    })),
  ];
  return push(https, "repository_list", { ...twoSyncs(1)[0], repository_list: { repositories } });
}
