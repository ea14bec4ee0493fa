/**
 * A jest reporter: prints what was broken and what came of it, and writes it to docs/reliability.md when all of it was
 * tried and passed.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PAGE = fileURLToPath(new URL("../../docs/reliability.md", import.meta.url));
const HEAD = `<!-- Written by \`npm run test:faults\`. Not to be edited. -->

# Reliability

What was broken, each by a test that does it to the gateway as it is run, under steady load by clients with kept-alive
connections: \`npm run test:faults\`. The figures are those of the last run. Seconds count from the end of the fault until
every answer was as before; a dash stands where nothing had to come back.

"12 x 503 Retry-After" are twelve answers with that status, which say when to come back. The words before the answers are
the questions:

| Word | Question |
|---|---|
| known | a manifest by digest, which may be pulled and which the gateway has: answered from its memory alone |
| asked | a manifest that may not be pulled, so that PostgreSQL is asked each time: 404 is the right answer |
| listed | the tags of a repository, with \`tag_ttl: 0\` too: Pulp is asked each time |
| tagged | a manifest by tag, with \`tag_ttl: 0\`: Pulp is asked each time |
| login | a login: Katello is asked each time, and PostgreSQL keeps the token |
`;

/** @typedef {{ part: string, fault: string, up: string, saw: string, seconds?: number }} Row */

/** @param {string} text */
const cell = (text) => text.replaceAll("|", "\\|").replaceAll("*", "\\*");

/** @param {readonly Row[]} rows */
function tableOf(rows) {
  const lines = rows.map(
    ({ fault, up, saw, seconds }) =>
      `| ${cell(fault)} | ${cell(up)} | ${cell(saw)} | ${seconds === undefined ? "-" : seconds.toFixed(1)} |\n`,
  );
  return `\n| Fault | What stayed up | What clients saw | Seconds to recover |\n|---|---|---|---|\n${lines.join("")}`;
}

/** @returns {Row[]} */
function rowsOfRun() {
  try {
    const text = readFileSync(join(process.env.TEST_FOLDER ?? "", "faults.jsonl"), "utf8");
    return text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  } catch {
    return [];
  }
}

export default class Reliability {
  /** @param {{ nonFlagArgs: string[], testNamePattern?: string }} config */
  constructor(config) {
    this.partly = config.nonFlagArgs.length > 0 || config.testNamePattern !== undefined;
  }

  /**
   * @param {unknown} _contexts
   * @param {{ numPassedTests: number, numTotalTests: number, numRuntimeErrorTestSuites: number }} results
   */
  onRunComplete(_contexts, { numPassedTests, numTotalTests, numRuntimeErrorTestSuites }) {
    const rows = rowsOfRun();
    for (const { part, fault, up, saw, seconds = "-" } of rows) {
      process.stdout.write(`${part}: ${fault}\n  up:   ${up}\n  saw:  ${saw}\n  back: ${seconds} s\n`);
    }
    if (this.partly || numPassedTests < numTotalTests || numRuntimeErrorTestSuites > 0) return;
    const parts = ["PostgreSQL", "Pulp", "Katello", "The gateway", "Bad peers"];
    const tables = parts.map((part) => `\n## ${part}\n${tableOf(rows.filter((row) => row.part === part))}`);
    writeFileSync(PAGE, HEAD + tables.join(""));
  }
}
