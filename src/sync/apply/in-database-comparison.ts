/** Comparison of staged grants with the stored ones, in the database. */
import type { Queries } from "../../database/database.ts";
import type { Mapping } from "./mapping-kinds.ts";

/** Returns SQL that selects the synced grants, in the columns of the table, which have been staged with numbers. */
export const numbered = ({ subjectId, subjects, key }: Mapping): string =>
  `SELECT s.id AS ${subjectId}, r.id AS repository_id FROM incoming i
     JOIN (SELECT m.number, s.id FROM subjects m JOIN ${subjects} s ON s.${key} = m.key
            WHERE s.id NOT IN (SELECT id FROM newer)) s ON s.number = i.subject
     JOIN (SELECT n.number, r.id FROM named n JOIN repositories r ON r.name = n.name) r ON r.number = i.repository`;

/** Creates the temporary table `difference`, and resolves to its number of rows. */
export async function compareStaged(
  queries: Queries,
  { table, subjectId, scope }: Mapping,
  wanted: string,
): Promise<number> {
  const { rowCount } = await queries.result(
    `CREATE TEMPORARY TABLE difference ON COMMIT DROP AS
     SELECT ${subjectId}, repository_id, stored.there IS NULL AS added
       FROM (SELECT *, true AS there FROM (${wanted}) w) wanted
       FULL JOIN (SELECT ${subjectId}, repository_id, true AS there FROM ${table} g WHERE ${scope}) stored
      USING (${subjectId}, repository_id)
      WHERE stored.there IS NULL OR wanted.there IS NULL`,
  );
  return rowCount;
}
