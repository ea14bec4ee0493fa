/** Reports of the suite: TAP (version 14) for people and programs, JUnit's XML for CI. */
import { type Problem, placeText, problemText } from "../place.ts";
import { isFailure, type Outcome } from "./suite.ts";

const name = ({ role, title }: Outcome): string => `${role}: ${title}`;

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ");

/** Lines of one case. @param number counts from 1 */
export function tapLines(outcome: Outcome, number: number): readonly string[] {
  const title = oneLine(name(outcome)).replaceAll("#", "\\#");
  if (outcome.skipped !== undefined) return [`ok ${number} - ${title} # SKIP ${outcome.skipped}`];
  if (outcome.problems.length === 0) return [`ok ${number} - ${title}`];
  const problems = outcome.problems.map(
    (problem) => `    - ${JSON.stringify(oneLine(problemText(problem)))}`,
  );
  const todo = outcome.known === undefined ? "" : ` # TODO known difference: ${oneLine(outcome.known)}`;
  return [`not ok ${number} - ${title}${todo}`, "  ---", "  problems:", ...problems, "  ..."];
}

/** First line of TAP. */
export const TAP_HEAD = "TAP version 14";

/** Last lines of TAP. */
export function tapEnd(outcomes: readonly Outcome[]): readonly string[] {
  const failed = outcomes.filter(isFailure).length;
  const known = outcomes.filter(({ known: difference }) => difference !== undefined).length;
  const skipped = outcomes.filter(({ skipped: why }) => why !== undefined).length;
  const passed = outcomes.length - failed - known - skipped;
  const counts = `${passed} passed, ${failed} failed, ${known} known differences, ${skipped} skipped`;
  return [`1..${outcomes.length}`, `# ${counts}`];
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Escapes text for XML 1.0, in which control characters cannot be written. */
const xml = (text: string): string =>
  oneLine(text)
    .replaceAll(/[&<>"]/g, (character) => ESCAPES[character] ?? "")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are removed
    .replaceAll(/[\u0000-\u001f\ufffe\uffff]/g, "\ufffd");

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(3);

/** JUnit has no word for known differences: they are skipped. */
const knownText = ({ known }: Outcome): string | undefined =>
  known === undefined ? undefined : `known difference: ${known}`;

function junitFailure({ text, place }: Problem): string {
  const failure = `failure message="${xml(text)}"`;
  return place === undefined ? `<${failure}/>` : `<${failure}>${xml(placeText(place))}</failure>`;
}

function junitCase(outcome: Outcome): string {
  const { role, title, milliseconds, problems, skipped = knownText(outcome) } = outcome;
  const attributes = `classname="contract.${role}" name="${xml(title)}" time="${seconds(milliseconds)}"`;
  if (skipped !== undefined)
    return `    <testcase ${attributes}><skipped message="${xml(skipped)}"/></testcase>`;
  const failures = problems.map(junitFailure);
  return `    <testcase ${attributes}>${failures.join("")}</testcase>`;
}

/** The whole report in JUnit's XML. */
export function junitReport(outcomes: readonly Outcome[]): string {
  const failures = outcomes.filter(isFailure).length;
  const skipped = outcomes.filter((one) => (one.skipped ?? knownText(one)) !== undefined).length;
  const time = seconds(outcomes.reduce((sum, { milliseconds }) => sum + milliseconds, 0));
  const counts = `tests="${outcomes.length}" failures="${failures}" skipped="${skipped}" time="${time}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="contract" ${counts}>`,
    ...outcomes.map(junitCase),
    "  </testsuite>",
    "</testsuites>",
  ].join("\n");
}
