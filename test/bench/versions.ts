/**
 * This version against another one: `BENCH_OTHER=FOLDER npm run bench -- versions`, where FOLDER is a clone of the other version in
 * which `npm ci` and `npm run build` have run. `-- version-pulls` and `-- version-syncs` compare one of both. Prints its tables.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { childrenOf } from "../support/processes.ts";
import type { BenchGateway, StartGateway } from "./pull-world.ts";

/** Resolves to what starts a gateway of the other version. @throws Error that says how to prepare it */
export async function otherVersion(): Promise<StartGateway> {
  const folder = process.env.BENCH_OTHER;
  if (folder === undefined || !existsSync(join(folder, "dist/cli.js")))
    throw new Error(
      "BENCH_OTHER names a clone of the version to compare with, in which npm ci and npm run build have run",
    );
  const file = pathToFileURL(join(folder, "test/support/gateway-process.ts"));
  const { startGatewayProcess } = await import(file.href);
  return startGatewayProcess;
}

/** The processes that serve: the workers, or the gateway itself in versions that have no primary with one worker. */
export function servingPids({ process: { child } }: BenchGateway): readonly number[] {
  const workers = childrenOf(child.pid ?? 0);
  return workers.length > 0 ? workers : [child.pid ?? 0];
}

/** Short id of the commit of the other version. */
export const otherCommit = (): string =>
  execFileSync("git", ["-C", process.env.BENCH_OTHER ?? "", "rev-parse", "--short", "HEAD"], {
    encoding: "utf8",
  }).trim();
