/** Secrets of podman, in which foremanctl keeps settings. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { StartupError } from "../model/startup-error.ts";

/** Description of a secret, as far as it is used here. */
interface Inspected {
  readonly ID?: string;
  readonly Spec?: {
    readonly Driver?: { readonly Name?: string; readonly Options?: { readonly path?: string } };
  };
}

/** File of podman's driver `file`: contents in base64 by id. */
const STORE = "secretsdata.json";

/** Reads the secrets of this machine's root. */
export class PodmanSecrets {
  readonly #program: string;

  /** @param program the program podman */
  constructor(program: string) {
    this.#program = program;
  }

  /**
   * Reads a secret.
   * @param advice for the case that there is none
   * @throws StartupError with the advice
   */
  read(name: string, advice: string): string {
    try {
      return this.#podman("--showsecret", "--format", "{{.SecretData}}", name);
    } catch {
      // Before podman 4.7 there is no such option.
      return this.#readStore(name, advice);
    }
  }

  #podman(...args: string[]): string {
    return execFileSync(this.#program, ["secret", "inspect", ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  #readStore(name: string, advice: string): string {
    try {
      const [found]: Inspected[] = JSON.parse(this.#podman(name));
      const { Name, Options } = found?.Spec?.Driver ?? {};
      if (Name !== "file") throw new Error(`its driver is ${Name}`);
      const contents: Record<string, string> = JSON.parse(
        readFileSync(join(Options?.path ?? "", STORE), "utf8"),
      );
      return Buffer.from(contents[found?.ID ?? ""] ?? "", "base64").toString();
    } catch (cause) {
      throw new StartupError(
        `the podman secret ${name} can't be read: run this command as root, or ${advice}`,
        { cause },
      );
    }
  }
}
