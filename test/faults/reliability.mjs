/**
 * A jest reporter: prints each fault and what clients saw, and writes the sections of its suite to docs/reliability.md when all
 * tests of the suite have run and passed.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PAGE = fileURLToPath(new URL("../../docs/reliability.md", import.meta.url));
const HEAD = `<!-- Written by \`npm run test:faults\`, \`npm run test:attacks\` and \`npm run test:soak\`. Not to be edited. -->

# Reliability

Each line is a test that does this to a running gateway, under steady load by clients with kept-alive connections:
\`npm run test:faults\`, for the abusive callers \`npm run test:attacks\`, and for the long use \`npm run test:soak\`. The figures are
those of the last run. The last column is the time from the end of the fault until every reply was as before; a dash means that
nothing had to recover.

"12 x 503 Retry-After" are twelve replies with that status and a \`Retry-After\` header. The words before the replies are the
requests:

| Word | Request |
|---|---|
| known | a granted manifest by digest, which is cached |
| asked | a manifest that is not granted, so that PostgreSQL is queried each time: 404 is the right reply |
| listed | the tags of a repository, with \`tag_ttl: 0\`: Pulp is asked each time |
| tagged | a manifest by tag, with \`tag_ttl: 0\`: Pulp is asked each time |
| login | a login: Katello is asked each time, and PostgreSQL stores the token |
| host | the same as known, by a host with its certificate over a new TLS connection |
`;
/** All sections, in their order on the page. */
const PARTS = ["PostgreSQL", "Pulp", "Katello", "The gateway", "Bad peers", "Abusive callers", "Long use"];

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

/** @returns {Map<string, string>} the current tables of the page */
function tablesOfPage() {
  const sections = readFileSync(PAGE, "utf8").split("\n## ").slice(1);
  return new Map(
    sections.map((text) => [text.slice(0, text.indexOf("\n")), text.slice(text.indexOf("\n") + 1)]),
  );
}

export default class Reliability {
  /**
   * @param {{ nonFlagArgs: string[], testNamePattern?: string }} config
   * @param {{ parts: string[] }} options the sections of this suite
   */
  constructor(config, { parts }) {
    this.parts = parts;
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
    const tables = tablesOfPage();
    for (const part of this.parts) tables.set(part, tableOf(rows.filter((row) => row.part === part)));
    const sections = PARTS.flatMap((part) =>
      tables.has(part) ? [`\n## ${part}\n${tables.get(part)?.replace(/\n*$/, "\n")}`] : [],
    );
    writeFileSync(PAGE, HEAD + sections.join(""));
  }
}
