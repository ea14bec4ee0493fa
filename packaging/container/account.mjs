/** Adds the account of the gateway to an image, and its folder. Runs while the image is built. */
import { appendFileSync, mkdirSync } from "node:fs";

const ID = 10_001;
const HOME = "/var/lib/container-gateway";

appendFileSync(
  "/etc/passwd",
  `container-gateway:x:${ID}:${ID}:Container gateway:${HOME}:/usr/sbin/nologin\n`,
);
appendFileSync("/etc/group", `container-gateway:x:${ID}:\n`);
mkdirSync(HOME, { mode: 0o750, recursive: true });
