/** Runs `container-gateway contract verify`. */
import { ROLES, type Role } from "../../contract/verify/case.ts";
import type { Target } from "../../contract/verify/probe.ts";
import { junitReport, TAP_HEAD, tapEnd, tapLines } from "../../contract/verify/report.ts";
import { GATEWAYS, isFailure, type Outcome, verify } from "../../contract/verify/suite.ts";
import { UsageError } from "../arguments.ts";
import type { OptionValues, Terminal } from "../command.ts";
import type { CONTRACT_OPTIONS } from "../table/contract.ts";
import { EXIT_CODE, identityOf, textOf, urlOf } from "./files.ts";

type ContractOptions = OptionValues<typeof CONTRACT_OPTIONS>;

/** Variable with the password of the option `--user`. */
const PASSWORD = "CONTRACT_PASSWORD";

const isRole = (name: string): name is Role => ROLES.some((role) => role === name);

function rolesOf(list: string): readonly Role[] {
  const names = list.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !isRole(name));
  if (unknown !== undefined) throw new UsageError(`--as must list ${ROLES.join(", ")}, not ${unknown}`);
  return names.filter(isRole);
}

function targetOf(options: ContractOptions, { environment }: Terminal): Target {
  const url = urlOf("url", options.url);
  const password = environment[PASSWORD];
  if (options.user !== undefined && password === undefined)
    throw new UsageError(`--user needs the account's password in the variable ${PASSWORD}`);
  return {
    url,
    registryUrl: urlOf("registry-url", options["registry-url"] ?? url),
    ca: textOf("ca", options.ca),
    certificate: identityOf(["cert", options.cert], ["key", options.key]),
    login: options.user === undefined ? undefined : { name: options.user, password: password ?? "" },
    repository: options.repository,
    tag: options.tag,
    mayReplace: options.replace,
  };
}

/** Runs the suite, and prints its report. */
export async function runVerify(options: ContractOptions, terminal: Terminal): Promise<number> {
  const target = targetOf(options, terminal);
  const roles = rolesOf(options.as);
  const gateway = GATEWAYS.find((kind) => kind === options.gateway);
  const outcomes: Outcome[] = [];
  const isTap = options.report === "tap";
  if (isTap) terminal.print(TAP_HEAD);
  for await (const outcome of verify(target, roles, { gateway })) {
    outcomes.push(outcome);
    if (isTap) for (const line of tapLines(outcome, outcomes.length)) terminal.print(line);
  }
  for (const line of isTap ? tapEnd(outcomes) : [junitReport(outcomes)]) terminal.print(line);
  return outcomes.some(isFailure) ? EXIT_CODE.broken : 0;
}
