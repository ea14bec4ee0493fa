/** The completions in the real shells. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { run } from "../clients/command.ts";
import { testFolder } from "../support/gateway.ts";
import { editionFolder } from "./made.ts";

const file = (name: string): string => join(editionFolder("new"), "root/usr/share", name);

describe("fish", () => {
  const complete = async (line: string) => {
    const script = `source ${file("fish/vendor_completions.d/container-gateway.fish")}; complete -C '${line}'`;
    const { stdout } = await run("fish", ["--no-config", "-c", script], { env: { HOME: testFolder() } });
    return stdout
      .split("\n")
      .filter(Boolean)
      .map((one) => one.split("\t")[0]);
  };

  test.each([
    ["container-gateway che", ["check"]],
    ["container-gateway check --js", ["--json"]],
    ["container-gateway completion z", ["zsh"]],
    ["container-gateway check --config /etc/hostn", ["/etc/hostname"]],
  ])("completes %j", async (line, words) => {
    expect(await complete(line)).toEqual(words);
  });
});

describe("zsh", () => {
  /** Types a line into a zsh on a terminal of its own, and returns what it shows after the tab. */
  const complete = async (line: string) => {
    const script = join(testFolder(), "zsh-completion.zsh");
    writeFileSync(
      script,
      `zmodload zsh/zpty
zpty -b shell zsh -f -i
zpty -w shell 'PS1=; fpath=(${file("zsh")} $fpath); autoload -U compinit; compinit -u -D; print ready'
until zpty -r shell out '*ready*'; do :; done
zpty -w -n shell $'${line}\\t'
sleep 3
zpty -w -n shell $'\\C-a#\\n'
zpty -w shell 'print end-of-line'
while zpty -r shell out '*'$'\\n'; do print -r -- $out; [[ $out == *end-of-line* ]] && break; done
`,
    );
    const { said } = await run("zsh", ["-f", script], {
      env: { HOME: testFolder(), TERM: "dumb" },
      seconds: 20,
    });
    return said;
  };

  test("completes a command and an option", async () => {
    expect(await complete("container-gateway che")).toContain("container-gateway check");
    expect(await complete("container-gateway check --js")).toContain("container-gateway check --json");
  });
});
