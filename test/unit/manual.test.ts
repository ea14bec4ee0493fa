/** The pages of docs: their command lines are ones that the program takes, and their links lead somewhere. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { parse } from "../../src/commands/arguments.ts";
import { commandOf } from "../../src/commands/table.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Pages for readers, but the changelog, which speaks of the past. */
const PAGES = [
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
  ...["README.md", "SECURITY.md", "CONTRIBUTING.md", "contract/README.md", "clients/typescript/README.md"],
];
const textOf = (page: string): string => readFileSync(join(ROOT, page), "utf8");

/** Command lines in blocks and in inline code; a line may go on after a backslash. */
function commandLines(text: string): string[] {
  const blocks = [...text.matchAll(/^```(?:\w*)\n([\s\S]*?)^```/gm)].map(([, block = ""]) => block);
  const lines = blocks.flatMap((block) => block.replaceAll(/\\\n\s*/g, "").split("\n"));
  const inline = [...text.replaceAll(/^```[\s\S]*?^```/gm, "").matchAll(/`([^`\n]+)`/g)].map(
    ([, code = ""]) => code,
  );
  return [...lines, ...inline].flatMap((line) => {
    const [, command] =
      /^(?:\$ |# )?(?:sudo )?(?:[A-Z_]+=\S+ )*(?:runuser -u \S+ -- )?container-gateway ([a-z].*)$/.exec(
        line.trim(),
      ) ?? [];
    return command === undefined ? [] : [command.replace(/\s+(?:[|>&;#]|2>).*$/, "")];
  });
}

/** Words of a command line as a shell splits them, as far as the pages use it. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? "");

/** Problem of a command line; undefined for one that the program takes. */
function problemOf(line: string): string | undefined {
  const [name = "", ...words] = wordsOf(line);
  const command = commandOf(name);
  if (command === undefined) return `there is no command ${name}`;
  if (words.includes("--help")) return undefined;
  // A command that is only named in a sentence may come without its arguments.
  if (words.length === 0) return undefined;
  try {
    parse(command, words);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

test("the program takes each command line of the pages", () => {
  const lines = PAGES.flatMap((page) => commandLines(textOf(page)).map((line) => ({ page, line })));
  expect(lines.length).toBeGreaterThan(60);
  const wrong = lines.flatMap(({ page, line }) => {
    const problem = problemOf(line);
    return problem === undefined ? [] : [`${page}: ${line}: ${problem}`];
  });
  expect(wrong).toEqual([]);
});

test("a command line that the program does not take is found", () => {
  expect(commandLines("```\ncontainer-gateway pull x\n```")).toEqual(["pull x"]);
  expect(problemOf("pull x")).toBe("there is no command pull");
  expect(problemOf("syncs --follow")).toBe("syncs has no option --follow");
});

/** Anchors of a page as GitHub makes them of its headings. */
const anchorsOf = (text: string): Set<string> =>
  new Set(
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );

test("each link of the pages leads to a file, and to a heading of it", () => {
  const dead = PAGES.flatMap((page) =>
    [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = ""]) => {
      if (/^[a-z]+:/.test(target)) return [];
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : join(dirname(page), path);
      if (!existsSync(join(ROOT, file))) return [`${page}: ${target}`];
      const isFound = anchor === undefined || !file.endsWith(".md") || anchorsOf(textOf(file)).has(anchor);
      return isFound ? [] : [`${page}: ${target}`];
    }),
  );
  expect(dead).toEqual([]);
});

/** Programs that tell the cause of a symptom. */
const DIAGNOSIS = /^(?:container-gateway|curl|journalctl|systemctl|openssl|df) /;

/** Symptoms of a page: its third-level headings that no command line follows, and all of them. */
function symptomsOf(text: string): { readonly all: readonly string[]; readonly silent: readonly string[] } {
  const sections = text.split(/^(?=#{2,3} )/m).filter((section) => section.startsWith("### "));
  const symptoms = sections.map((section) => {
    const [heading = "", ...body] = section.split("\n");
    const code = [...body.join("\n").matchAll(/^```\w*\n([\s\S]*?)^```|`([^`\n]+)`/gm)];
    return {
      heading: heading.slice(4),
      hasCommand: code.some(([, block = "", line = ""]) => DIAGNOSIS.test(block) || DIAGNOSIS.test(line)),
    };
  });
  return {
    all: symptoms.map(({ heading }) => heading),
    silent: symptoms.filter(({ hasCommand }) => !hasCommand).map(({ heading }) => heading),
  };
}

test("each symptom has a command that tells its cause", () => {
  const { all, silent } = symptomsOf(textOf("docs/troubleshooting.md"));
  expect(all.length).toBeGreaterThanOrEqual(30);
  expect(silent).toEqual([]);
});

test("a symptom without such a command is found", () => {
  const page = "## Part\n\n### `curl x` fails\n\nSet `url`.\n\n### It is slow\n\n```sh\njournalctl -f\n```\n";
  expect(symptomsOf(page)).toEqual({ all: ["`curl x` fails", "It is slow"], silent: ["`curl x` fails"] });
});
