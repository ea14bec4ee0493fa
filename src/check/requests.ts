/** Findings about requests to other systems that get no reply. */
import { isNativeError } from "node:util/types";
import { errorCode, errorText } from "../model/error-text.ts";
import { handshakeProblem, isSlow, type System, subjectFor } from "./connections.ts";
import { error, type Result, type SettingName } from "./finding.ts";

/** Codes of an error and of its causes. */
function codesOf(cause: unknown): string {
  const inner = isNativeError(cause) && cause.cause !== undefined ? ` ${codesOf(cause.cause)}` : "";
  return `${errorCode(cause)}${inner}`;
}

/** True if an error, or one of its causes, is a timeout. */
const hasTimedOut = (cause: unknown): boolean =>
  /took too long/.test(errorText(cause)) || isSlow(codesOf(cause));

/** Explains a request that got no reply although the connection was possible. */
export function requestProblem(system: System, cause: unknown): Result {
  const { name, settings } = system;
  const codes = codesOf(cause);
  const fail = (setting: SettingName, text: string, advice: string) =>
    error(setting, subjectFor(system), text, advice);
  if (hasTimedOut(cause))
    return fail(
      settings.timeout,
      "it accepts connections, but does not reply in time",
      `see the log of ${name}, or raise ${settings.timeout}`,
    );
  if (/ALERT/.test(codes)) return handshakeProblem(system, codes);
  if (/HPE_/.test(codes))
    return fail(settings.url, "it does not speak HTTP", `set ${settings.url} to ${name}`);
  return fail(
    settings.cert,
    "it closes the connection without a reply",
    `see the log of ${name}: it may refuse the certificate of ${settings.cert}, which a CA that it knows must have signed`,
  );
}
