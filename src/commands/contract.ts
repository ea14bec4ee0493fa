/** Runs `container-gateway contract verify` and `container-gateway contract check`. */
import { readFileSync } from "node:fs";
import { checkRecording } from "../contract/recording/check-recording.ts";
import { readRecording } from "../contract/recording/recording.ts";
import { ROLES, type Role } from "../contract/verify/case.ts";
import type { Target } from "../contract/verify/probe.ts";
import { junitReport, TAP_HEAD, tapEnd, tapLines } from "../contract/verify/report.ts";
import { type Outcome, verify } from "../contract/verify/suite.ts";
import { errorText } from "../model/error-text.ts";
import { StartupError } from "../model/startup-error.ts";
import { UsageError } from "./arguments.ts";
import type { Call, OptionValues, Terminal } from "./command.ts";
import type { CONTRACT_ARGUMENTS, CONTRACT_OPTIONS } from "./table/contract.ts";

type ContractOptions = OptionValues<typeof CONTRACT_OPTIONS>;

/** Variable with the password of the option `--user`. */
const PASSWORD = "CONTRACT_PASSWORD";

const EXIT_CODE = { broken: 2 } as const;

const isRole = (name: string): name is Role => ROLES.some((role) => role === name);

function rolesOf(list: string): readonly Role[] {
  const names = list.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !isRole(name));
  if (unknown !== undefined) throw new UsageError(`--as must list ${ROLES.join(", ")}, not ${unknown}`);
  return names.filter(isRole);
}

function textOf(option: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new StartupError(`--${option} can't be read: ${errorText(cause)}`, { cause });
  }
}

function urlOf(option: string, text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new UsageError(`--${option} must be a URL such as https://proxy.example.org:9090, not ${text}`);
  return text;
}

function targetOf(options: ContractOptions, { environment }: Terminal): Target {
  if (options.url === undefined) throw new UsageError("--url is missing");
  const [cert, key] = [textOf("cert", options.cert), textOf("key", options.key)];
  if ((cert === undefined) !== (key === undefined)) throw new UsageError("--cert and --key belong together");
  const password = environment[PASSWORD];
  if (options.user !== undefined && password === undefined)
    throw new UsageError(`--user needs the account's password in the variable ${PASSWORD}`);
  const url = urlOf("url", options.url);
  return {
    url,
    registryUrl: urlOf("registry-url", options["registry-url"] ?? url),
    ca: textOf("ca", options.ca),
    certificate: cert === undefined || key === undefined ? undefined : { cert, key },
    login: options.user === undefined ? undefined : { name: options.user, password: password ?? "" },
    repository: options.repository,
    tag: options.tag,
    mayReplace: options.replace,
  };
}

async function runVerify(options: ContractOptions, terminal: Terminal): Promise<number> {
  const target = targetOf(options, terminal);
  const outcomes: Outcome[] = [];
  const isTap = options.report === "tap";
  if (isTap) terminal.print(TAP_HEAD);
  for await (const outcome of verify(target, rolesOf(options.as))) {
    outcomes.push(outcome);
    if (isTap) for (const line of tapLines(outcome, outcomes.length)) terminal.print(line);
  }
  for (const line of isTap ? tapEnd(outcomes) : [junitReport(outcomes)]) terminal.print(line);
  return outcomes.some(({ problems }) => problems.length > 0) ? EXIT_CODE.broken : 0;
}

async function runCheck(recording: string | undefined, terminal: Terminal): Promise<number> {
  if (recording === undefined) throw new UsageError("RECORDING is missing");
  let [exchanges, broken] = [0, 0];
  for await (const { method, target, status, request, reply } of checkRecording(readRecording(recording))) {
    exchanges += 1;
    if (request.length + reply.length > 0) broken += 1;
    for (const problem of request) terminal.print(`${method} ${target}: ${problem}`);
    for (const problem of reply) terminal.print(`${method} ${target} -> ${status ?? "no reply"}: ${problem}`);
  }
  terminal.print(`${exchanges} requests, ${broken} of them break the contract`);
  return broken > 0 ? EXIT_CODE.broken : 0;
}

/** Runs the command. */
export async function run({
  options,
  args,
  terminal,
}: Call<typeof CONTRACT_OPTIONS, typeof CONTRACT_ARGUMENTS>): Promise<number> {
  return args.action === "verify" ? runVerify(options, terminal) : runCheck(args.recording, terminal);
}
