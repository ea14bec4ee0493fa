/** Secrets of the tests, which must not be in any log or reply. */
import { appendFileSync, createReadStream, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const PLANTED = "planted-secrets.txt";
const REPLIES = "replies.jsonl";
/** Passwords of the demo's users, and an `Authorization` header of a client. */
const PASSWORDS = ["hunter2", "alice:secret", btoa("alice:secret"), btoa("bob:hunter2")];
/** Number of bytes that are stored of a reply: longer ones are content. */
const LONGEST_REPLY = 65_536;
const TOKEN_ANSWER = /^(?:\/container_gateway)?\/v2\/token\/?(?:\?|$)/;

const folderOfRun = (): string => process.env.TEST_FOLDER ?? "";

/** Adds a secret for the whole run. */
export function plant(secret: string, folder = folderOfRun()): void {
  appendFileSync(join(folder, PLANTED), `${secret}\n`);
}

/** Replaces the token in its own reply, and adds it to the secrets. */
function withoutToken(text: string, folder: string): string {
  const [, token] = /"token":"([^"]+)"/.exec(text) ?? [];
  if (token === undefined || token === "unauthenticated") return text;
  plant(token, folder);
  return text.replaceAll(`"${token}"`, '"(the token)"');
}

/** Stores a reply, to be searched after all tests. */
export function keepReply(target: string, reply: { readonly text: string }, folder = folderOfRun()): void {
  const text = TOKEN_ANSWER.test(target) ? withoutToken(reply.text, folder) : reply.text;
  const kept = JSON.stringify({ target, ...reply, text: text.slice(0, LONGEST_REPLY) });
  appendFileSync(join(folder, REPLIES), `${kept}\n`);
}

const linesOf = (file: string): string[] => readFileSync(file, "utf8").split("\n").filter(Boolean);
/** A line from the middle of a PEM file, which identifies it. */
const middleOf = (file: string): string => linesOf(file)[1] ?? "";

/** All added secrets, and the keys, consumer certificates and the database's password of this run. */
export function plantedIn(folder: string): string[] {
  const planted = existsSync(join(folder, PLANTED)) ? linesOf(join(folder, PLANTED)) : [];
  const pems = readdirSync(folder).filter((name) => name.endsWith(".key") || name === "host.crt");
  const { password } = new URL(process.env.TEST_DATABASE_URL ?? "postgresql://nobody@localhost");
  const secrets = [...PASSWORDS, ...planted, ...pems.map((name) => middleOf(join(folder, name))), password];
  return [...new Set(secrets)].filter((secret) => secret.length > 6);
}

/** Places of secrets in logs and replies of this run, each with the beginning of the line. Logs of an attack are too large for a string. */
export async function leaksIn(folder: string): Promise<string[]> {
  const secrets = plantedIn(folder);
  // Paths and connection URLs may be in the log, and in what operators see, but not in other replies.
  const inside = [...secrets, folder, "postgresql://"];
  const forOperators = /^\{"target":"\/admin\/(?:settings|audit)[?"]/;
  const isPublic = (name: string, line: string) => name === REPLIES && !forOperators.test(line);
  const leaks: string[] = [];
  for (const name of readdirSync(folder).filter((one) => one.endsWith(".log") || one === REPLIES)) {
    for await (const line of createInterface(createReadStream(join(folder, name)))) {
      if ((isPublic(name, line) ? inside : secrets).some((secret) => line.includes(secret)))
        leaks.push(`${name}: ${line.slice(0, 2_000)}`);
    }
  }
  return leaks;
}
