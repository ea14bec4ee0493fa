/**
 * Reads what jest has written about the suites of `.ci/run`.
 *
 *   node .ci/results.mjs again FILE                    prints jest's arguments for what is run again, one a line
 *   node .ci/results.mjs report FOLDER [FAILED STEP]...  prints the failures and how many tests passed; exits with 1 if one failed
 *
 * FOLDER holds `SUITE.json`, `SUITE.again.json` of files that were run again, whose results then count, and `SUITE.txt`, the
 * output of the suite.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A change that breaks more files than these is broken, and the machine is not to blame. */
const MAX_FILES_AGAIN = 6;
/** If the files took longer, only their failed tests are run again. */
const MAX_MS_AGAIN = 180_000;
const MESSAGE_LINES = 14;
const OUTPUT_LINES = 40;

/** @typedef {{ status: string, fullName: string, failureMessages: string[] }} Test */
/**
 * @typedef {{ name: string, status: string, message: string, startTime: number, endTime: number, assertionResults: Test[] }}
 *   TestFile
 */

/**
 * @param {string} path
 * @returns {TestFile[] | undefined} undefined if jest ended before it wrote them
 */
const read = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).testResults : undefined);

/** @param {string} text */
const print = (text) => process.stdout.write(`${text}\n`);

/** @param {TestFile} file */
const failuresOf = ({ assertionResults }) => assertionResults.filter(({ status }) => status === "failed");

/** @param {string} text @param {number} lines */
const headOf = (text, lines) => text.split("\n").slice(0, lines).join("\n");

/** @param {string} text */
const escaped = (text) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");

/**
 * Prints the arguments for a second run: none if jest left no results, so that the whole suite is run.
 * @param {string} path
 */
function printArguments(path) {
  const failed = (read(path) ?? []).filter(({ status }) => status === "failed");
  if (failed.length > MAX_FILES_AGAIN) process.exitCode = 1;
  if (failed.length === 0 || failed.length > MAX_FILES_AGAIN) return;
  const tookMs = failed.reduce((sum, { startTime, endTime }) => sum + endTime - startTime, 0);
  const names = failed.flatMap(failuresOf).map(({ fullName }) => escaped(fullName));
  const areNamed = failed.every((file) => failuresOf(file).length > 0);
  if (tookMs > MAX_MS_AGAIN && areNamed) print(`--testNamePattern=^(?:${names.join("|")})$`);
  print("--maxWorkers=1");
  print("--runTestsByPath");
  for (const { name } of failed) print(name);
}

/** @param {string} folder @param {string} step @param {string} what */
function printOutputOf(folder, step, what) {
  const output = join(folder, `${step}.txt`);
  const lines = existsSync(output) ? readFileSync(output, "utf8").trimEnd().split("\n") : [];
  print(`${step} ${what}; its output ended with\n${lines.slice(-OUTPUT_LINES).join("\n")}`);
}

/**
 * Returns a file with the results of its second run in place of those of the first.
 * @param {TestFile} file
 * @param {TestFile | undefined} again
 * @returns {TestFile}
 */
function afterSecondRun(file, again) {
  if (again === undefined) return file;
  const ran = again.assertionResults.filter(({ status }) => status === "passed" || status === "failed");
  const others = file.assertionResults.filter(
    (one) => !ran.some(({ fullName }) => fullName === one.fullName),
  );
  return { ...again, assertionResults: [...others, ...ran] };
}

/**
 * Prints the failures of a suite.
 * @param {string} folder
 * @param {string} suite
 * @returns {{ passed: number, failed: number }}
 */
function reportSuite(folder, suite) {
  const first = read(join(folder, `${suite}.json`));
  if (first === undefined) printOutputOf(folder, suite, "left no results at first");
  const files = first ?? [];
  const again = read(join(folder, `${suite}.again.json`)) ?? [];
  const last = files.map((file) =>
    afterSecondRun(
      file,
      again.find(({ name }) => name === file.name),
    ),
  );
  if (first === undefined) last.push(...again);
  const failures = last.flatMap(failuresOf);
  for (const { fullName, failureMessages } of failures)
    print(`failed in ${suite}: ${fullName}\n${headOf(failureMessages.join("\n"), MESSAGE_LINES)}`);
  for (const { fullName, failureMessages } of files.flatMap(failuresOf))
    if (!failures.some((one) => one.fullName === fullName))
      print(
        `failed in ${suite}, and passed when it was run again: ${fullName}\n${headOf(failureMessages.join("\n"), MESSAGE_LINES)}`,
      );
  for (const file of last.filter((one) => one.status === "failed" && failuresOf(one).length === 0))
    print(`failed in ${suite}, outside of its tests: ${file.name}\n${headOf(file.message, MESSAGE_LINES)}`);
  const passed = last
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "passed");
  return { passed: passed.length, failed: failures.length };
}

/** @param {string} folder @param {string[]} failedSteps */
function report(folder, failedSteps) {
  const suites = readdirSync(folder).flatMap((name) => /^([^.]+)(?:\.again)?\.json$/.exec(name)?.[1] ?? []);
  const bySuite = new Map([...new Set(suites)].map((suite) => [suite, reportSuite(folder, suite)]));
  let [passed, failed] = [0, 0];
  for (const result of bySuite.values()) {
    passed += result.passed;
    failed += result.failed;
  }
  for (const step of failedSteps.filter((name) => (bySuite.get(name)?.failed ?? 0) === 0)) {
    failed += 1;
    printOutputOf(folder, step, "failed");
  }
  if (failedSteps.length > 0) print(`failed: ${failedSteps.join(", ")}`);
  print(`${passed} passed, ${failed} failed`);
  process.exitCode = failedSteps.length === 0 && failed === 0 && passed > 0 ? 0 : 1;
}

const [what, path = "", ...rest] = process.argv.slice(2);
if (what === "again") printArguments(path);
else report(path, rest);
