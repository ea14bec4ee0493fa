/** Global setup: makes the packages of this tree and of the version before, and a Debian to install them in. */
import { mkdtempSync } from "node:fs";
import { must } from "../clients/command.ts";
import startDatabase from "../support/start.ts";
import { prepareDebian } from "./debian.ts";
import { ROOT } from "./folders.ts";
import { buildPrevious } from "./previous.ts";
import stop from "./stop.ts";
import { NEXT_VERSION } from "./versions.ts";

const pack = (...args: string[]) =>
  must("node_modules/.bin/tsx", ["scripts/package.ts", ...args], {
    cwd: ROOT,
    env: { HOME: process.env.HOME ?? "/root" },
    // The first one also builds the manual.
    seconds: 400,
  });

async function makeAll(folder: string): Promise<void> {
  const previous = await buildPrevious();
  await pack("--target", `${folder}/new`, "--version", NEXT_VERSION);
  await pack("--target", `${folder}/again`, "--version", NEXT_VERSION);
  await pack("--target", `${folder}/old`, "--application", previous.folder, "--version", previous.version);
  await prepareDebian();
}

export default async function start(): Promise<void> {
  await startDatabase();
  const folder = mkdtempSync("/tmp/cgw-packages-");
  process.env.PACKAGES_FOLDER = folder;
  await makeAll(folder).catch(async (error: unknown) => {
    await stop(); // jest runs no teardown after a failed setup
    throw error;
  });
}
