/** Secrets that the tests handle, and the logs and replies in which none of them may stand. */
import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const PLANTED = "planted-secrets.txt";
const REPLIES = "replies.jsonl";
/** Passwords of the demo's users, and an `Authorization` that a client made of one. */
const PASSWORDS = ["hunter2", "alice:secret", btoa("alice:secret"), btoa("bob:hunter2")];
/** No more is kept of a reply: what is longer is content. */
const LONGEST_REPLY = 65_536;
const TOKEN_ANSWER = /^(?:\/container_gateway)?\/v2\/token\/?(?:\?|$)/;

const folderOfRun = (): string => process.env.TEST_FOLDER ?? "";

/** Remembers a secret for the whole run. */
export function plant(secret: string, folder = folderOfRun()): void {
  appendFileSync(join(folder, PLANTED), `${secret}\n`);
}

/** Cut out of the answer that it belongs into, and a secret everywhere else. */
function withoutToken(text: string, folder: string): string {
  const [, token] = /"token":"([^"]+)"/.exec(text) ?? [];
  if (token === undefined || token === "unauthenticated") return text;
  plant(token, folder);
  return text.replaceAll(`"${token}"`, '"(the token)"');
}

/** Keeps a reply, to be searched when all tests are through. */
export function keepReply(target: string, reply: { readonly text: string }, folder = folderOfRun()): void {
  const text = TOKEN_ANSWER.test(target) ? withoutToken(reply.text, folder) : reply.text;
  const kept = JSON.stringify({ target, ...reply, text: text.slice(0, LONGEST_REPLY) });
  appendFileSync(join(folder, REPLIES), `${kept}\n`);
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

/** Where a secret stands in a log or a reply of this run, each with the beginning of the line. */
export function leaksIn(folder: string): string[] {
  const secrets = plantedIn(folder);
  // Where files are, and how the database is reached, is for the log, and for nobody outside.
  const inside = [...secrets, folder, "postgresql://"];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".log") || name === REPLIES)
    .flatMap((name) =>
      linesOf(join(folder, name))
        .filter((line) => (name === REPLIES ? inside : secrets).some((secret) => line.includes(secret)))
        .map((line) => `${name}: ${line.slice(0, 2_000)}`),
    );
}
