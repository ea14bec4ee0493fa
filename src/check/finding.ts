/** Findings of a check, and their places. */
import type { Settings } from "../settings/keys.ts";
import type { Place } from "../settings/sources.ts";

/**
 * Severity of a finding. An error prevents the startup, or makes a part of the gateway fail; a warning is unsafe, or will become
 * an error.
 */
export type Level = "ok" | "warning" | "error";

/** Name of a setting. */
export type SettingName = keyof Settings;

/** Result of one check. */
export interface Finding {
  readonly level: Level;
  /** Checked file, address or system. */
  readonly subject: string;
  /** Setting to correct. */
  readonly setting: string | undefined;
  /** Line or variable of the setting; the file of one that is not set. */
  readonly place: Place;
  readonly text: string;
  /** Advice for the operator; empty if nothing is to be done. */
  readonly advice: string;
}

/** Returns the line or the variable of a setting. */
export type PlaceOf = (setting: string) => Place;

/** Finding without its place, which all parts of a check return. */
export type Result = Omit<Finding, "place" | "setting"> & { readonly setting: SettingName };

/** Makes a finding for something that is correct. */
export const ok = (setting: SettingName, subject: string, text: string): Result => ({
  level: "ok",
  subject,
  setting,
  text,
  advice: "",
});

/** Makes a finding for something that is unsafe, or will fail later. */
export const warning = (setting: SettingName, subject: string, text: string, advice: string): Result => ({
  level: "warning",
  subject,
  setting,
  text,
  advice,
});

/** Makes a finding for something that does not work. */
export const error = (setting: SettingName, subject: string, text: string, advice: string): Result => ({
  level: "error",
  subject,
  setting,
  text,
  advice,
});

const SEVERITY: Readonly<Record<Level, number>> = { ok: 0, warning: 1, error: 2 };

/** Returns the most severe level. */
export const worstOf = (findings: readonly Pick<Finding, "level">[]): Level =>
  findings.reduce<Level>((worst, { level }) => (SEVERITY[level] > SEVERITY[worst] ? level : worst), "ok");
