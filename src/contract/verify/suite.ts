/** Black-box suite of the contract, for any gateway. */
import { openReplyValidators } from "../../http/contract.ts";
import { errorText } from "../../model/error-text.ts";
import { type Case, missingNeed, NEEDS, type Role } from "./case.ts";
import { CLIENT_CASES } from "./client-cases.ts";
import { FOREMAN_CASES } from "./foreman-cases.ts";
import { KATELLO_CASES } from "./katello-cases.ts";
import { Probe, type Target } from "./probe.ts";
import { PULL_CASES } from "./pull-cases.ts";

/** Outcome of a case. */
export interface Outcome {
  readonly role: Role;
  readonly title: string;
  readonly milliseconds: number;
  /** Problems; empty if the rule is kept. */
  readonly problems: readonly string[];
  /** Why the case was not run. */
  readonly skipped?: string;
  /** Known difference of the plugin. */
  readonly plugin?: string;
}

/** All cases. Katello's come last: they may replace what the others need. */
export const CASES: readonly Case[] = [...FOREMAN_CASES, ...CLIENT_CASES, ...PULL_CASES, ...KATELLO_CASES];

async function outcomeOf(one: Case, probe: Probe): Promise<Outcome> {
  const { role, title, plugin } = one;
  const about = { role, title, ...(plugin === undefined ? {} : { plugin }) };
  const missing = missingNeed(one, probe.target);
  if (missing !== undefined)
    return { ...about, milliseconds: 0, problems: [], skipped: `needs ${NEEDS[missing]}` };
  const startedAt = performance.now();
  const failure = await one.run(probe).then(
    () => [],
    (error: unknown) => [errorText(error)],
  );
  const problems = [...probe.takeProblems(), ...failure];
  return { ...about, milliseconds: Math.round(performance.now() - startedAt), problems };
}

/** Runs the cases of some callers one after the other. */
export async function* verify(target: Target, roles: readonly Role[]): AsyncGenerator<Outcome> {
  const probe = new Probe(target, await openReplyValidators());
  try {
    for (const one of CASES) if (roles.includes(one.role)) yield await outcomeOf(one, probe);
  } finally {
    await probe.close();
  }
}
