/** Runs `container-gateway explain`. */
import { readFileSync } from "node:fs";
import type { components } from "../../generated/openapi.ts";
import { errorText } from "../../model/error-text.ts";
import { StartupError } from "../../model/startup-error.ts";
import { UsageError } from "../arguments.ts";
import type { Call } from "../command.ts";
import type { ADMIN_OPTIONS, EXPLAIN_ARGUMENTS } from "../table/operation.ts";
import { age } from "./columns.ts";
import { bodyOf, gatewayAt } from "./gateway.ts";
import { named } from "./words.ts";

type Explanation = components["schemas"]["Explanation"];

const EXIT = { allowed: 0, refused: 2, unknown: 2 } as const;

function certificateIn(path: string): string {
  try {
    // A header has one line.
    return readFileSync(path, "utf8").trim().replace(/\s*\n/g, " ");
  } catch (error) {
    throw new StartupError(`the certificate can't be read: ${errorText(error)}`);
  }
}

/** Caller of a question. @throws UsageError for a token or an address */
function callerOf(who: string): { user?: string; host?: string; certificate?: string } {
  const { kind, value } = named(who);
  switch (kind) {
    case "anonymous":
      return {};
    case "user":
    case "host":
      return { [kind]: value };
    case "certificate":
      return { certificate: certificateIn(value) };
    default:
      throw new UsageError(`WHO must be a login, the uuid of a host, a certificate or anonymous, not ${who}`);
  }
}

function textOf({ decision, status, reason, caller, repository, facts, advice }: Explanation): string {
  const who = caller.name === undefined ? "anybody" : `${caller.kind} ${caller.name}`;
  return [
    `${decision}: ${who} and ${repository} (a pull gets ${status})`,
    `  ${reason}`,
    "",
    "Facts:",
    ...facts.map(({ text, source, at }) => `  ${text} (${source}${at === undefined ? "" : `, ${age(at)}`})`),
    "",
    "To change that:",
    ...advice.map((text) => `  ${text}`),
  ].join("\n");
}

/** Runs the command. */
export async function run({
  options,
  args: { who, repository },
  terminal,
}: Call<typeof ADMIN_OPTIONS, typeof EXPLAIN_ARGUMENTS>): Promise<number> {
  const { certificate, ...caller } = callerOf(who);
  const query = { repository, ...caller };
  const header = certificate === undefined ? {} : { "X-Certificate": certificate };
  const explanation = await bodyOf(
    gatewayAt(options, terminal.environment).getExplanation({ params: { query, header } }),
  );
  terminal.print(options.json ? JSON.stringify(explanation, null, 2) : textOf(explanation));
  return EXIT[explanation.decision];
}
