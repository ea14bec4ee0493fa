import { execFileSync } from "node:child_process";
import { expect, test } from "@jest/globals";
import { command } from "../../src/commands/command.ts";
import { bashCompletion } from "../../src/commands/completion/bash.ts";
import { COMMANDS } from "../../src/commands/table.ts";
import { commandUsage, programUsage } from "../../src/commands/usage.ts";

const names = COMMANDS.map(({ name }) => name);

test("the table names each command once, and each has a summary and exit codes", () => {
  expect(new Set(names).size).toBe(names.length);
  for (const { name, summary, exitCodes } of COMMANDS) {
    expect(name).toMatch(/^[a-z][a-z-]*$/);
    expect(summary).toMatch(/^[a-z].*[^.]$/);
    expect(Object.keys(exitCodes)).toContain("0");
  }
});

test("the texts of options and arguments are in lower case unless they begin with a name, and have no full stop", () => {
  const texts = COMMANDS.flatMap(({ options, args }) => [...Object.values(options), ...Object.values(args)]);
  for (const { help } of texts) expect(help).toMatch(/^(?:[a-z]|URL|CA|Foreman|Apache).*[^.]$/);
});

test("the usage of the program names every command", () => {
  for (const name of names) expect(programUsage()).toMatch(new RegExp(`^  ${name} +[a-z]`, "m"));
});

test.each(COMMANDS.map((command) => [command.name, command] as const))(
  "the usage of %s names every option and argument, in lines of at most 120 characters",
  (_, command) => {
    const usage = commandUsage(command);
    for (const option of Object.keys(command.options))
      expect(usage).toMatch(new RegExp(`^  --${option}\\b`, "m"));
    for (const word of Object.keys(command.args)) expect(usage).toContain(`  ${word.toUpperCase()}  `);
    for (const line of usage.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
  },
);

/** Returns what bash completes after some words. */
const completed = (...words: string[]): string[] =>
  execFileSync(
    "bash",
    [
      "-c",
      `eval "$(cat)"; compopt() { :; }; COMP_WORDS=("$@"); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _container_gateway; printf '%s\\n' "\${COMPREPLY[@]}"`,
      "bash",
      "container-gateway",
      ...words,
    ],
    { input: bashCompletion(), encoding: "utf8" },
  )
    .split("\n")
    .filter(Boolean);

test("bash completes commands, options, files and words", () => {
  expect(completed("")).toEqual([...names, "--help", "--version"]);
  expect(completed("che")).toEqual(["check"]);
  expect(completed("check", "--")).toEqual(["--config", "--json", "--help"]);
  expect(completed("check", "--config", "/etc/hostn")).toEqual(["/etc/hostname"]);
  expect(completed("adopt", "--backup-folder", "/etc/ss")).toContain("/etc/ssl");
  expect(completed("completion", "z")).toEqual(["zsh"]);
  expect(completed("help", "ad")).toEqual(["adopt"]);
  expect(completed("register", "--url", "")).toEqual([]);
});

test("a command gets the values of its options and arguments, with defaults", async () => {
  const calls: unknown[] = [];
  const entry = command(
    {
      name: "explain",
      summary: "say why",
      options: {
        json: { type: "boolean", help: "print JSON" },
        since: { type: "string", help: "time", default: "1h" },
        level: { type: "string", help: "level", choices: ["info", "debug"] },
      },
      args: { who: { help: "who" }, repository: { help: "which", isOptional: true } },
      exitCodes: { 0: "it may" },
    },
    async () => ({
      run: async ({ options, args }) => {
        const since: string = options.since;
        const level: string | undefined = options.level;
        calls.push({ json: options.json, since, level }, { who: args.who, repository: args.repository });
        return 3;
      },
    }),
  );
  const terminal = { print: () => undefined, isInteractive: false, environment: {} };
  expect(await entry.run(["alice", "--json"], terminal)).toBe(3);
  expect(calls).toEqual([
    { json: true, since: "1h", level: undefined },
    { who: "alice", repository: undefined },
  ]);
  await expect(entry.run(["alice", "app", "--level", "loud"], terminal)).rejects.toThrow(
    "--level must be info or debug, not loud",
  );
  await expect(entry.run([], terminal)).rejects.toThrow("WHO is missing");
  expect(calls).toHaveLength(2);
});
