/**
 * A jest reporter: prints the number of tests that passed with each program, and writes them to docs/compatibility.md if all
 * tests have run and passed. A program is named by the titles of `describe`, with its version.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PAGE = fileURLToPath(new URL("../../docs/compatibility.md", import.meta.url));
const HEAD = `<!-- Written by \`npm run test:clients\`. Not to be edited. -->

# Compatibility

Real programs that the gateway is tested with by \`npm run test:clients\`. A section is a program with its version, an item
is a test that passed in the last run. Unless a section says otherwise:

- Clients connect over TLS through Apache httpd with the configuration of [packaging/](../packaging).
- Pulp is a real one, behind an Apache with the configuration of Katello's installer.
- Katello is the demo's, and its calls are made with the library that Foreman uses.

\`npm run test:pulp\` tests the requests to Pulp and its replies:

- with the pulp_container 2.30 of this page;
- by hand with pulp_container 2.27, which redirects requests for manifests: \`PINS=test/pulp/pins-2.27.txt npm run test:pulp\`,
  last on 2026-11-26, 175 of 175 tests passed.
`;

/** @typedef {{ ancestorTitles: string[], title: string, status: string }} Assertion */

/** @typedef {Map<string, Assertion[]>} Programs tests by the titles of `describe` */

/**
 * @param {readonly Assertion[]} assertions
 * @param {(titles: string[]) => string} nameOf
 */
function grouped(assertions, nameOf) {
  /** @type {Programs} */
  const groups = new Map();
  for (const assertion of assertions) {
    const name = nameOf(assertion.ancestorTitles);
    groups.set(name, [...(groups.get(name) ?? []), assertion]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** @param {string} text */
const escaped = (text) => text.replaceAll("*", "\\*").replaceAll("_", "\\_");

/** The first line of a title, which may be a command of several. @param {string} title */
const shortened = (title) => title.replace(/\n.*$/s, " …");

/** Tests outside `describe` are about no program. @param {readonly Assertion[]} assertions */
function pageOf(assertions) {
  const ofPrograms = assertions.filter(({ ancestorTitles }) => ancestorTitles.length > 0);
  const lines = grouped(ofPrograms, ([first = ""]) => first).flatMap(([name, own]) => [
    `\n## ${escaped(name)}\n`,
    ...grouped(own, ([, ...rest]) => rest.join(", ")).flatMap(([part, tests]) => [
      part === "" ? "\n" : `\n### ${escaped(part)}\n\n`,
      ...tests.map(({ title }) => `- ${escaped(shortened(title))}\n`),
    ]),
  ]);
  return HEAD + lines.join("");
}

export default class Compatibility {
  /** @param {{ nonFlagArgs: string[], testNamePattern?: string }} config */
  constructor(config) {
    this.partly = config.nonFlagArgs.length > 0 || config.testNamePattern !== undefined;
  }

  /**
   * @param {unknown} _contexts
   * @param {{ numPassedTests: number, numTotalTests: number, numRuntimeErrorTestSuites: number, testResults: { testResults: Assertion[] }[] }} results
   */
  onRunComplete(_contexts, { numPassedTests, numTotalTests, numRuntimeErrorTestSuites, testResults }) {
    const all = testResults.flatMap((file) => file.testResults);
    const programs = grouped(all, (titles) => titles.join(", "));
    const width = Math.max(0, ...programs.map(([name]) => name.length));
    for (const [name, assertions] of programs) {
      const passed = assertions.filter(({ status }) => status === "passed").length;
      process.stdout.write(`${name.padEnd(width)}  ${passed} of ${assertions.length} passed\n`);
    }
    if (this.partly || numPassedTests < numTotalTests || numRuntimeErrorTestSuites > 0) return;
    const page = pageOf(all);
    if (page !== readFileSync(PAGE, { encoding: "utf8", flag: "a+" })) writeFileSync(PAGE, page);
  }
}
