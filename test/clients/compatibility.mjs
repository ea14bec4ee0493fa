/**
 * A jest reporter: prints what was tried with which neighbour, and writes it to docs/compatibility.md when all of it was
 * tried and passed. A neighbour is what stands in the titles of `describe`, with its version; a row is a test.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PAGE = fileURLToPath(new URL("../../docs/compatibility.md", import.meta.url));
const HEAD = `<!-- Written by \`npm run test:clients\`. Not to be edited. -->

# Compatibility

What the gateway was tried with, each by a test that runs the real program: \`npm run test:clients\`. Unless a row says
otherwise, clients come in over TLS through Apache httpd with the configuration of [packaging/](../packaging), and a real
Pulp stands behind, with an Apache of its own as Katello's installer writes it. Katello is the demo's, but its calls are
made by the library that Foreman makes them with.

What the gateway asks of Pulp, and what comes of it, is tried by \`npm run test:pulp\`: with the pulp_container 2.30 of this
page, and by hand with 2.27, which answers manifests with redirects (\`PINS=test/pulp/pins-2.27.txt npm run test:pulp\`, last
on 2026-11-26: 175 of 175 tests passed).

| Neighbour | What was tried |
|---|---|
`;

/** @typedef {{ ancestorTitles: string[], title: string, status: string }} Assertion */

/** @param {readonly Assertion[]} assertions */
function byNeighbour(assertions) {
  /** @type {Map<string, Assertion[]>} */
  const rows = new Map();
  for (const assertion of assertions) {
    const neighbour = assertion.ancestorTitles.join(", ");
    rows.set(neighbour, [...(rows.get(neighbour) ?? []), assertion]);
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** @param {string} text */
const cell = (text) => text.replaceAll("|", "\\|").replaceAll("*", "\\*").replaceAll("_", "\\_");

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
    const neighbours = byNeighbour(testResults.flatMap((file) => file.testResults));
    const width = Math.max(0, ...neighbours.map(([name]) => name.length));
    for (const [name, assertions] of neighbours) {
      const passed = assertions.filter(({ status }) => status === "passed").length;
      process.stdout.write(`${name.padEnd(width)}  ${passed} of ${assertions.length} passed\n`);
    }
    if (this.partly || numPassedTests < numTotalTests || numRuntimeErrorTestSuites > 0) return;
    const lines = neighbours.map(
      ([name, assertions]) =>
        `| ${cell(name)} | ${cell(assertions.map(({ title }) => title).join("; "))} |\n`,
    );
    const page = HEAD + lines.join("");
    if (page !== readFileSync(PAGE, { encoding: "utf8", flag: "a+" })) writeFileSync(PAGE, page);
  }
}
