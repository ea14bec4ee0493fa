/** A Debian in a folder, in which packages are installed and run. It shares the network of the machine. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Daemon, must, type Outcome, run, startDaemon } from "../clients/command.ts";
import { CACHE } from "./folders.ts";

const RELEASE = "trixie";
const BASE = join(CACHE, RELEASE);
/** Downloaded packages, which all installations share. */
const ARCHIVES = join(CACHE, "archives");

/** Makes the base once, and brings its lists of packages up to date. */
export async function prepareDebian(): Promise<void> {
  mkdirSync(join(ARCHIVES, "partial"), { recursive: true });
  if (!existsSync(BASE)) {
    const unfinished = `${BASE}.${process.pid}`;
    await must("debootstrap", ["--variant=minbase", RELEASE, unfinished], { seconds: 600 });
    renameSync(unfinished, BASE);
  }
  await must("cp", ["/etc/resolv.conf", join(BASE, "etc/resolv.conf")]);
  await must("chroot", [BASE, "apt-get", "update", "-qq"]);
}

/** A Debian of its own. */
export interface Debian {
  readonly folder: string;
  /** Runs a program in it to its end. */
  run(...command: string[]): Promise<Outcome>;
  /** Runs a program that must succeed, and returns its output. */
  must(...command: string[]): Promise<string>;
  /** Starts a program in it that keeps running. */
  start(ready: (said: string) => boolean, ...command: string[]): Promise<Daemon>;
  /** Shows a folder of the machine at the same path in it. */
  share(folder: string): Promise<void>;
  remove(): Promise<void>;
}

/** Variables of programs in it; in runlevel 1 nothing is started that is installed. */
const ENVIRONMENT = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1", HOME: "/root" };
const SECONDS = 170;

/** Copies the base into memory, where dpkg does not wait for a disk after each file. */
export async function makeDebian(): Promise<Debian> {
  const parent = mkdtempSync("/dev/shm/cgw-debian-");
  const folder = join(parent, "root");
  const mounted: string[] = [];
  const mount = async (target: string, ...args: string[]) => {
    mkdirSync(join(folder, target), { recursive: true });
    await must("mount", [...args, join(folder, target)]);
    mounted.unshift(join(folder, target));
  };
  await must("cp", ["-a", BASE, folder]);
  await mount("proc", "-t", "proc", "proc");
  await mount("var/cache/apt/archives", "--bind", ARCHIVES);
  const surroundings = { env: ENVIRONMENT, seconds: SECONDS };
  return {
    folder,
    run: (...command) => run("chroot", [folder, ...command], surroundings),
    must: (...command) => must("chroot", [folder, ...command], surroundings),
    start: (ready, ...command) => startDaemon("chroot", [folder, ...command], ready, surroundings),
    share: (shared) => mount(shared, "--bind", shared),
    remove: async () => {
      // With a mount left inside, the shared folders would be removed.
      for (const target of mounted) await must("umount", [target]);
      rmSync(parent, { recursive: true, force: true });
    },
  };
}
