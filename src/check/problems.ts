/** Findings for settings that can't be used. */
import type { Problem } from "../settings/sources.ts";
import type { Finding } from "./finding.ts";

/** Advice by the text of the problem. Most texts say themselves what is to be done. */
const ADVICE: readonly (readonly [text: RegExp, advice: string])[] = [
  [/^can't be read: ENOENT|^can't be read: ENOTDIR/, "correct the path, or create the file"],
  [/^can't be read: EACCES|^can't be read: EPERM/, "let the account that runs this command read the file"],
  [/^can't be read/, "name a file that can be read"],
  [/^is missing/, "add the setting"],
  [/is not the key of/, "name the key that belongs to the certificate"],
  [/contains no (?:private key|certificate)|is not a PEM file/, "name the right PEM file"],
  [/there is no such setting/, "remove the line, or correct the name"],
  [/requires /, "add the setting that is named here, or remove this one"],
];

const FALLBACK = "correct the value; docs/settings.md lists all settings";

/** Describes settings that can't be used. */
export const findingsOfProblems = (problems: readonly Problem[]): Finding[] =>
  problems.map(({ place, setting, text }) => ({
    level: "error",
    subject: setting ?? "settings",
    setting,
    place,
    text,
    advice: ADVICE.find(([pattern]) => pattern.test(text))?.[1] ?? FALLBACK,
  }));
