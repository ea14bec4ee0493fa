/** Secrets of the real podman, in which foremanctl keeps settings. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { PodmanSecrets } from "../../src/adopt/podman-secrets.ts";
import { testFolder } from "../support/gateway.ts";
import { programPath, versionOf } from "./program.ts";

describe(await versionOf("podman"), () => {
  test("shows the content of a secret, and says what helps without one", () => {
    const folder = join(testFolder(), "podman-secrets");
    mkdirSync(folder);
    const podman = join(folder, "podman");
    writeFileSync(
      podman,
      `#!/bin/sh\nexec ${programPath("podman")} --storage-driver=vfs --root ${folder}/root --runroot ${folder}/run "$@"\n`,
      { mode: 0o755 },
    );
    const content = ":enabled: true\n:db_connection_string: postgresql://ü:p@localhost/x\n";
    writeFileSync(join(folder, "content"), content);
    execFileSync(podman, ["secret", "create", "settings-yml", join(folder, "content")], { stdio: "pipe" });
    const secrets = new PodmanSecrets(podman);
    expect(secrets.read("settings-yml", "")).toBe(content);
    expect(() => secrets.read("other-yml", "ask somebody")).toThrow(
      "the podman secret other-yml can't be read: run this command as root, or ask somebody",
    );
  });
});
