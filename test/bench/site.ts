/** A large Katello site, and its syncs in rest-client's encoding. */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

export const REPOSITORIES = 20_000;
export const HOSTS = 10_000;
export const USERS = 100;

const number = (index: number): string => String(index).padStart(5, "0");
/** The name of a repository. */
export const repository = (index: number): string =>
  `org/product-${number(index % 500)}/repo-${number(index)}`;
const encoded = Array.from({ length: REPOSITORIES + 200 }, (_, index) =>
  encodeURIComponent(repository(index)),
);

function uuid(index: number): string {
  const hex = createHash("md5").update(String(index)).digest("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** A sync in pieces, so that no string is as long as the body. */
export type Form = readonly Buffer[];

function form(pieces: Iterable<string>): Form {
  const out: Buffer[] = [];
  for (const piece of pieces) out.push(Buffer.from(out.length === 0 ? piece : `&${piece}`));
  return out;
}

/** @param changed number of the last entries to replace */
export function repositoryList(changed = 0): Form {
  const names = encoded
    .slice(0, REPOSITORIES - changed)
    .concat(encoded.slice(REPOSITORIES, REPOSITORIES + changed));
  return form(names.map((name) => `repositories[][repository]=${name}&repositories[][auth_required]=true`));
}

const entries = (subject: string, names: readonly string[]): string =>
  names.map((name) => `${subject}[][repository]=${name}&${subject}[][auth_required]=true`).join("&");

function grants(
  count: number,
  each: number,
  changed: number,
  step: number,
  subject: (index: number) => string,
): Form {
  const names = (index: number) =>
    Array.from(
      { length: each },
      (_, place) => encoded[(index * 37 + (place + changed) * step) % REPOSITORIES] ?? "",
    );
  return form(Array.from({ length: count }, (_, index) => entries(subject(index), names(index))));
}

/** 10,000 hosts with 200 repositories each. @param changed number of the 200 to replace */
export const hostGrants = (changed = 0): Form =>
  grants(HOSTS, 200, changed, 101, (index) => `hosts[][${uuid(index)}]`);
/** 100 users with 5,000 repositories each. @param changed number of the 5,000 to replace */
export const userGrants = (changed = 0): Form =>
  grants(USERS, 5_000, changed, 3, (index) => `users[][user-${index}]`);

/** Length of a sync's body in bytes. */
export const lengthOf = (body: Form): number => body.reduce((sum, { length }) => sum + length, 0);

/** The pairs of a mapping in the text format of COPY. */
export function* copyText(): Generator<string> {
  for (let host = 0; host < HOSTS; host += 1) {
    const subject = uuid(host);
    const lines: string[] = [];
    for (let place = 0; place < 200; place += 1) {
      lines.push(`${subject}\t${repository((host * 37 + place * 101) % REPOSITORIES)}\n`);
    }
    yield lines.join("");
  }
}
