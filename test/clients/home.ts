/** A home for each client: its storage, and the CAs it trusts. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A folder for a client's files, and the environment that keeps them there. */
export interface Home {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  remove(): void;
}

/** A client's configuration of registries. */
export interface Trust {
  /** Files of the trusted CAs. */
  readonly authorities?: readonly string[];
  /** `host:port` of registries without TLS. */
  readonly plain?: readonly string[];
}

const registriesConf = (plain: readonly string[]): string =>
  plain.map((location) => `[[registry]]\nlocation = "${location}"\ninsecure = true\n`).join("\n");

/** Storage that needs no kernel support. */
const storageConf = (folder: string): string =>
  `[storage]\ndriver = "vfs"\ngraphroot = "${folder}/data/storage"\nrunroot = "${folder}/run/storage"\n`;

export function makeHome({ authorities = [], plain = [] }: Trust): Home {
  // A short path: paths of the sockets below it are limited to 107 characters.
  const folder = mkdtempSync("/tmp/cgw-h-");
  const inFolder = (name: string) => join(folder, name);
  for (const name of ["run", "data", ".config/containers", "cache", "tmp"])
    mkdirSync(inFolder(name), { mode: 0o700, recursive: true });
  writeFileSync(inFolder("auth.json"), "{}");
  writeFileSync(inFolder(".config/containers/registries.conf"), registriesConf(plain));
  writeFileSync(inFolder("ca.crt"), authorities.map((file) => readFileSync(file, "utf8")).join("\n"));
  writeFileSync(
    inFolder(".config/containers/policy.json"),
    '{"default":[{"type":"insecureAcceptAnything"}]}',
  );
  writeFileSync(inFolder("storage.conf"), storageConf(folder));
  return {
    folder,
    env: {
      HOME: folder,
      TMPDIR: inFolder("tmp"),
      XDG_RUNTIME_DIR: inFolder("run"),
      XDG_DATA_HOME: inFolder("data"),
      XDG_CONFIG_HOME: inFolder(".config"),
      XDG_CACHE_HOME: inFolder("cache"),
      REGISTRY_AUTH_FILE: inFolder("auth.json"),
      CONTAINERS_STORAGE_CONF: inFolder("storage.conf"),
      // Keeps skopeo's blob cache out of /var/lib.
      _CONTAINERS_ROOTLESS_UID: "1000",
      DOCKER_CONFIG: inFolder(".config/docker"),
      // Read by Go programs and curl.
      SSL_CERT_FILE: inFolder("ca.crt"),
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
