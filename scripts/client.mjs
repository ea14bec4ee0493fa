/**
 * `npm run client`: packs the client, the workspace container-gateway-client, as container-gateway-client-X.Y.Z.tgz in build or the
 * folder that is named. Packing builds it anew.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const TARGET = resolve(process.argv[2] ?? join(ROOT, "build"));

mkdirSync(TARGET, { recursive: true });
const args = ["pack", "--silent", "--workspace", "container-gateway-client", "--pack-destination", TARGET];
const packed = execFileSync("npm", args, { cwd: ROOT, encoding: "utf8" });
process.stdout.write(`${join(TARGET, packed.trim())}\n`);
