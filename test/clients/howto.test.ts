/** How-to pages, first of all those of taking over from the plugin: each command of a page, run on a machine as the page expects it. */
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { must } from "./command.ts";
import { CANNOT_RUN, commandsOf } from "./howto/page.ts";
import { versionOf } from "./program.ts";

const MACHINE = fileURLToPath(new URL("howto/machine.ts", import.meta.url));
const TSX = fileURLToPath(import.meta.resolve("tsx"));

/** Result of one command. */
interface Ran {
  readonly page: string;
  readonly command: string;
  readonly shown: readonly string[];
  /** Undefined for a command that was not run. */
  readonly code?: number;
  readonly said?: string;
}

/** Pages that a reader follows one after the other on one machine, by its installer. */
const READERS = [
  ["foreman-installer", "for Katello 4, and back", ["replace-plugin-katello-4.md", "go-back.md"]],
  ["foreman-installer", "for Katello 5, then for backups", ["replace-plugin-katello-5.md", "backup.md"]],
  ["foremanctl", "for foremanctl, and back", ["replace-plugin-foremanctl.md", "go-back-foremanctl.md"]],
] as const;

/** `adopt` exits with 2 while something is left to others. */
const codeOf = (command: string) => (/adopt/.test(command) ? expect.stringMatching(/^[02]$/) : "0");

/** Pattern of a line that a page shows. */
const patternOf = (line: string): RegExp =>
  new RegExp(
    line
      .split("...")
      .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*"),
  );

const APACHE = await versionOf("apache2");

describe.each(READERS)(`${APACHE} on a machine of %s, how-to page %s`, (installer, _, pages) => {
  let ran: readonly Ran[] = [];
  beforeAll(async () => {
    const stdout = await must("unshare", [
      ...["--mount", "--net", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"],
      ...[process.execPath, "--import", TSX, MACHINE, installer, ...pages],
    ]);
    ran = JSON.parse(stdout);
  });

  const commands = pages.flatMap(commandsOf);
  test.each(commands.map((one, index) => [one.page, one.command, index] as const))(
    "%s: %s",
    (_page, command, index) => {
      const one = ran[index];
      expect(one?.command).toBe(command);
      const said = one?.said?.split("\n") ?? [];
      for (const line of one?.shown ?? [])
        expect({ said, line, found: said.some((each) => patternOf(line).test(each)) }).toMatchObject({
          found: true,
        });
      if (!CANNOT_RUN.test(command))
        expect({ code: String(one?.code), said }).toMatchObject({ code: codeOf(command) });
    },
  );
});
