/** A backup of the plugin's database. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { closeSync, createReadStream, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { errorCode } from "../model/error-text.ts";
import { StartupError } from "../model/startup-error.ts";
import type { Owner } from "./settings-file.ts";

/** Database to back up, and where to. */
export interface BackupOptions {
  readonly connectionString: string;
  readonly folder: string;
  /** The program pg_dump, at least as new as the server, with its first arguments. */
  readonly command: readonly string[];
  /** Account that runs pg_dump; this one by default. */
  readonly account: Owner | undefined;
  /** Environment of pg_dump. */
  readonly environment: NodeJS.ProcessEnv;
  readonly now?: Date;
}

/** A written backup. */
export interface Backup {
  readonly path: string;
  readonly sha256: string;
}

/** Only the owner reads what the database holds. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

async function checksum(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}

/** Takes the password out of a connection string: every account can read the arguments of a program. */
function withoutPassword(connectionString: string): {
  readonly url: string;
  readonly password: string | undefined;
} {
  const [, start, password, end] = /^([a-z]+:\/\/[^/?#@:]*):([^/?#@]*)(@.*)$/s.exec(connectionString) ?? [];
  return password === undefined
    ? { url: connectionString, password: undefined }
    : { url: `${start}${end}`, password: decodeURIComponent(password) };
}

async function dump(
  { connectionString, account, command, environment }: BackupOptions,
  fd: number,
): Promise<void> {
  const { url, password } = withoutPassword(connectionString);
  const [program = "pg_dump", ...args] = command;
  const child = spawn(program, [...args, "--no-owner", "--no-privileges", "--dbname", url], {
    stdio: ["ignore", fd, "pipe"],
    ...(password === undefined ? {} : { env: { ...environment, PGPASSWORD: password } }),
    ...account,
  });
  let problem = "";
  child.stderr?.on("data", (chunk) => {
    problem += chunk;
  });
  const [code] = await once(child, "close").catch((error: unknown) => {
    if (errorCode(error) === "ENOENT")
      throw new StartupError(
        `${program} can't be run: install PostgreSQL's client programs, or name pg_dump with --pg-dump`,
      );
    throw error;
  });
  if (code !== 0) throw new StartupError(`${program} failed (see --pg-dump): ${problem.trim()}`);
}

/**
 * Backs a database up with pg_dump, with a file of its checksum beside it.
 * @throws StartupError that says what pg_dump said, without leaving a file
 */
export async function backUp(options: BackupOptions): Promise<Backup> {
  const { folder, now = new Date() } = options;
  mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
  const path = join(folder, `container_gateway-${now.toISOString().replaceAll(/[:.]/g, "-")}.sql`);
  const fd = openSync(path, "wx", FILE_MODE);
  try {
    await dump(options, fd);
  } catch (error) {
    rmSync(path);
    throw error;
  } finally {
    closeSync(fd);
  }
  const sha256 = await checksum(path);
  writeFileSync(`${path}.sha256`, `${sha256}  ${basename(path)}\n`, { mode: FILE_MODE });
  return { path, sha256 };
}
