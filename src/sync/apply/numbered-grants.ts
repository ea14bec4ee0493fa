/** Staging of grants as pairs of numbers, so that each name is sent only once. */
import type { MappedGrant } from "../../model/syncs.ts";
import type { CopyRows } from "./copy-rows.ts";
import { Numbering } from "./numbering.ts";
import type { Staging } from "./staging.ts";

/**
 * Writes two kinds of rows: a grant is two numbers; a definition is a number in one of these columns, and its name.
 * @param fold converts a subject to the form in which subjects are compared, which gets a column of its own
 */
export function numberedGrants(fold?: (subject: string) => string): Staging<MappedGrant> {
  const width = fold === undefined ? 3 : 4;
  let out: CopyRows | undefined;
  const define = (subject: number | undefined, repository: number | undefined, text: string) => {
    out?.row(width);
    if (subject === undefined) out?.null();
    else out?.integer(subject);
    if (repository === undefined) out?.null();
    else out?.integer(repository);
    out?.text(text);
    if (fold === undefined) return;
    if (subject === undefined) out?.null();
    else out?.text(fold(text));
  };
  const subjects = new Numbering((number, text) => define(number, undefined, text));
  const repositories = new Numbering((number, text) => define(undefined, number, text));
  return {
    columns: `subject integer, repository integer, name text${fold === undefined ? "" : ", key text"}`,
    write: (copy, grant) => {
      out = copy;
      const subject = subjects.of(grant.subject);
      if (grant.repository === undefined) return;
      const repository = repositories.of(grant.repository);
      copy.row(width);
      copy.integer(subject);
      copy.integer(repository);
      for (let column = 2; column < width; column += 1) copy.null();
    },
  };
}
