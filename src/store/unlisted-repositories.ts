/** Repositories that Katello grants before it lists them. */

import type { Queries } from "../database/database.ts";
import { isRepositoryName } from "../model/names.ts";

/** A stored repository, listed or not. */
export interface EnsuredRepository {
  readonly id: number;
  readonly listed: boolean;
}

/**
 * Returns the repositories of these names. Unlisted ones get a row that grants no access until they are listed. It is locked
 * until the end of the transaction, so that it exists when the grant is inserted.
 */
export async function ensureRepositories(
  queries: Queries,
  names: readonly string[],
): Promise<EnsuredRepository[]> {
  const wanted = [...new Set(names.filter(isRepositoryName))];
  await queries.none(
    `INSERT INTO repositories (name, auth_required, listed) SELECT name, true, false FROM unnest($1::text[]) AS w (name)
      WHERE NOT EXISTS (SELECT FROM repositories r WHERE r.name = w.name) ORDER BY name COLLATE "C" ON CONFLICT DO NOTHING`,
    [wanted],
  );
  await queries.any(
    "SELECT FROM repositories WHERE NOT listed AND name = ANY($1::text[]) ORDER BY id FOR KEY SHARE",
    [wanted],
  );
  return queries.any<EnsuredRepository>(
    "SELECT id, listed FROM repositories WHERE name = ANY($1::text[]) ORDER BY id",
    [wanted],
  );
}
