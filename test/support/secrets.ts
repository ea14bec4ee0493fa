/** Secrets that the tests handle, and the logs in which none of them may stand. */
import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const PLANTED = "planted-secrets.txt";
/** Passwords of the demo's users, and an `Authorization` that a client made of one. */
const PASSWORDS = ["hunter2", "alice:secret", btoa("alice:secret"), btoa("bob:hunter2")];

/** Remembers a secret for the whole run. */
export function plant(secret: string): void {
  appendFileSync(join(process.env.TEST_FOLDER ?? "", PLANTED), `${secret}\n`);
}

const linesOf = (file: string): string[] => readFileSync(file, "utf8").split("\n").filter(Boolean);
/** A line out of the middle of a PEM file tells it from every other. */
const middleOf = (file: string): string => linesOf(file)[1] ?? "";

/** All that was planted, and the keys, consumer certificates and the database's password of this run. */
export function plantedIn(folder: string): string[] {
  const planted = existsSync(join(folder, PLANTED)) ? linesOf(join(folder, PLANTED)) : [];
  const pems = readdirSync(folder).filter((name) => name.endsWith(".key") || name === "host.crt");
  const { password } = new URL(process.env.TEST_DATABASE_URL ?? "postgresql://nobody@localhost");
  const secrets = [...PASSWORDS, ...planted, ...pems.map((name) => middleOf(join(folder, name))), password];
  return [...new Set(secrets)].filter((secret) => secret.length > 6);
}

/** Where a secret stands in a log of this run, each with the beginning of the line. */
export function leaksIn(folder: string): string[] {
  const secrets = plantedIn(folder);
  return readdirSync(folder)
    .filter((name) => name.endsWith(".log"))
    .flatMap((name) =>
      linesOf(join(folder, name))
        .filter((line) => secrets.some((secret) => line.includes(secret)))
        .map((line) => `${name}: ${line.slice(0, 2_000)}`),
    );
}
