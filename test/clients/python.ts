/** Programs from PyPI at exact versions, in a folder that is kept between runs. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "./command.ts";

async function must(program: string, ...args: string[]): Promise<void> {
  const { code, said } = await run(program, args, { env: { HOME: homedir() }, seconds: 300 });
  if (code !== 0) throw new Error(`${program} ${args.join(" ")}: ${said}`);
}

/**
 * Installs the versions of a requirements file, unless they are installed, and returns the folder of the programs.
 * @param name prefix of the folder's name, before a checksum of the versions
 */
export async function installPython(name: string, requirements: string): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const versions = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const folder = join(cache, "container-gateway", `${name}-${versions}`);
  const programs = join(folder, "bin");
  if (existsSync(join(folder, "complete"))) return programs;
  rmSync(folder, { recursive: true, force: true });
  await must("python3", "-m", "venv", folder).catch((cause: unknown) => {
    throw new Error("python3 with venv is missing: apt-get install python3 python3-venv", { cause });
  });
  await must(join(programs, "pip"), "install", "--quiet", "-r", requirements);
  await must("touch", join(folder, "complete.new"));
  renameSync(join(folder, "complete.new"), join(folder, "complete"));
  return programs;
}
