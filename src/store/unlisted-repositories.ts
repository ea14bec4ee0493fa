/** Repositories that are granted before they are listed. */

import type { Queries } from "../database/database.ts";
import { isRepositoryName } from "../model/names.ts";

/** A repository that somebody is granted. */
export interface EnsuredRepository {
  readonly id: number;
  readonly listed: boolean;
}

/**
 * The repositories of these names. Those that aren't listed get a row that opens nothing until they are, and stay until
 * the end of the transaction, so that the grant finds them.
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
