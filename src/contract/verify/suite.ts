/** Black-box suite of the contract, for any gateway. */
import { openReplyValidators, type ReplyValidators } from "../../http/contract.ts";
import { errorText } from "../../model/error-text.ts";
import type { Problem } from "../place.ts";
import { type Case, missingNeed, NEEDS, type Role } from "./case.ts";
import { CLIENT_CASES } from "./client-cases.ts";
import { CONTENT_CASES } from "./content-cases.ts";
import { FOREMAN_CASES } from "./foreman-cases.ts";
import { KATELLO_CASES } from "./katello-cases.ts";
import { Probe, type Target } from "./probe.ts";
import { PULL_CASES } from "./pull-cases.ts";
import { TOKEN_CASES } from "./token-cases.ts";

/** Outcome of a case. */
export interface Outcome {
  readonly role: Role;
  readonly title: string;
  readonly milliseconds: number;
  /** Problems; empty if the rule is kept. */
  readonly problems: readonly Problem[];
  /** Why the case was not run. */
  readonly skipped?: string;
  /** Known difference of the gateway under test, which explains the problems. */
  readonly known?: string;
}

/** True if an outcome is a failure that no known difference explains. */
export const isFailure = ({ problems, known }: Outcome): boolean =>
  problems.length > 0 && known === undefined;

/** All cases. Katello's come last: they may replace what the others need. */
export const CASES: readonly Case[] = [
  ...FOREMAN_CASES,
  ...TOKEN_CASES,
  ...CLIENT_CASES,
  ...PULL_CASES,
  ...CONTENT_CASES,
  ...KATELLO_CASES,
];

/** Gateways whose differences may be known. */
export const GATEWAYS = ["any", "plugin"] as const;

/** One of them. */
export type GatewayKind = (typeof GATEWAYS)[number];

/** Problems that most replies of the plugin have. */
const USUAL_OF_PLUGIN =
  /there is no header (?:X-Request-Id|Cache-Control|Docker-Distribution-Api-Version|WWW-Authenticate)$|an error that is not JSON$|not the JSON that its Content-Type announces$/;

/** Difference of the plugin that explains all problems of a case. */
function knownDifference({ plugin }: Case, problems: readonly Problem[]): string | undefined {
  if (problems.length === 0) return undefined;
  const others = problems.filter(({ text }) => !USUAL_OF_PLUGIN.test(text));
  if (others.length === 0) return "no such headers; errors as text";
  return plugin !== undefined && others.every(({ text }) => plugin.problems.test(text))
    ? plugin.text
    : undefined;
}

async function outcomeOf(one: Case, probe: Probe, gateway: GatewayKind): Promise<Outcome> {
  const { role, title } = one;
  const about = { role, title };
  const missing = missingNeed(one, probe.target);
  if (missing !== undefined)
    return { ...about, milliseconds: 0, problems: [], skipped: `needs ${NEEDS[missing]}` };
  const startedAt = performance.now();
  const failure = await one.run(probe).then(
    () => [],
    (error: unknown): Problem[] => [{ text: errorText(error), place: probe.lastPlace }],
  );
  const problems = [...probe.takeProblems(), ...failure];
  const known = gateway === "plugin" ? knownDifference(one, problems) : undefined;
  const milliseconds = Math.round(performance.now() - startedAt);
  return { ...about, milliseconds, problems, ...(known === undefined ? {} : { known }) };
}

/** Options of the suite. */
export interface VerifyOptions {
  /** Kind of the gateway, whose known differences are named as such. */
  readonly gateway?: GatewayKind | undefined;
  /** Validators to use, for those who run the suite often. */
  readonly validators?: ReplyValidators;
}

/** Runs the cases of some callers one after the other. */
export async function* verify(
  target: Target,
  roles: readonly Role[],
  { gateway = "any", validators }: VerifyOptions = {},
): AsyncGenerator<Outcome> {
  const probe = new Probe(target, validators ?? (await openReplyValidators()));
  try {
    for (const one of CASES) if (roles.includes(one.role)) yield await outcomeOf(one, probe, gateway);
  } finally {
    await probe.close();
  }
}
