/** The application as a package of npm that contains the packages it runs with, so that it is installed without a network. */
import { execFileSync } from "node:child_process";

/** Makes the tarball from the staged application. npm gives all files one time. */
export function makeTarball(application: string, target: string): void {
  const args = ["pack", "--silent", "--ignore-scripts", "--pack-destination", target];
  execFileSync("npm", args, { cwd: application, stdio: ["ignore", "ignore", "inherit"] });
}
