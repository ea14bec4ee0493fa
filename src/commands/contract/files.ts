/** Files and URLs in the options of `container-gateway contract`. */
import { readFileSync } from "node:fs";
import { errorText } from "../../model/error-text.ts";
import { StartupError } from "../../model/startup-error.ts";
import { UsageError } from "../arguments.ts";

/** Text of a file in an option. @throws StartupError that names the option */
export function textOf(option: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new StartupError(`--${option} can't be read: ${errorText(cause)}`, { cause });
  }
}

/** A certificate and its key, of two options. @throws UsageError if one is missing */
export function identityOf(
  [certOption, certFile]: readonly [option: string, file: string | undefined],
  [keyOption, keyFile]: readonly [option: string, file: string | undefined],
): { readonly cert: string; readonly key: string } | undefined {
  const [cert, key] = [textOf(certOption, certFile), textOf(keyOption, keyFile)];
  if ((cert === undefined) !== (key === undefined))
    throw new UsageError(`--${certOption} and --${keyOption} belong together`);
  return cert === undefined || key === undefined ? undefined : { cert, key };
}

/** Checks a URL. @throws UsageError */
export function urlOf(option: string, text: string | undefined): string {
  if (text === undefined) throw new UsageError(`--${option} is missing`);
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new UsageError(`--${option} must be a URL such as https://proxy.example.org:9090, not ${text}`);
  return text;
}

/** Exit code if a rule of the contract is broken. */
export const EXIT_CODE = { broken: 2 } as const;
