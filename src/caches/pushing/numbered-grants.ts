/** Grants as two numbers each, so that names are sent once and not a million times. */
import type { MappedGrant } from "../../pushes.ts";
import type { CopyRows } from "./copy-rows.ts";
import { Numbering } from "./numbering.ts";
import type { Staging } from "./staging.ts";

/** Three kinds of rows: a grant is two numbers; a number and a text say what a number of that column stands for. */
export function numberedGrants(): Staging<MappedGrant> {
  let out: CopyRows | undefined;
  const define = (subject: number | undefined, repository: number | undefined, text: string) => {
    out?.row(3);
    if (subject === undefined) out?.null();
    else out?.integer(subject);
    if (repository === undefined) out?.null();
    else out?.integer(repository);
    out?.text(text);
  };
  const subjects = new Numbering((number, text) => define(number, undefined, text));
  const repositories = new Numbering((number, text) => define(undefined, number, text));
  return {
    columns: "subject integer, repository integer, name text",
    write: (copy, grant) => {
      out = copy;
      const subject = subjects.of(grant.subject);
      if (grant.repository === undefined) return;
      const repository = repositories.of(grant.repository);
      copy.row(3);
      copy.integer(subject);
      copy.integer(repository);
      copy.null();
    },
  };
}
