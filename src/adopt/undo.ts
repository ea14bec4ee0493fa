/** `container-gateway adopt --undo`: gives the registry back to the plugin, whose settings and database are untouched. */
import { existsSync, renameSync } from "node:fs";
import { StartupError } from "../model/startup-error.ts";
import type { AdoptOptions } from "./adopt.ts";
import type { RemainingTask } from "./remaining.ts";
import { commandBack, remainingTasks, translateSite } from "./site.ts";
import { runSteps, type Step, type StepResult } from "./steps.ts";

/** The result of the way back. */
export interface Undone {
  readonly steps: readonly StepResult[];
  readonly remaining: readonly RemainingTask[];
}

/** @throws StartupError while Apache still leads to the gateway: without its settings clients would be refused */
export async function undo(options: AdoptOptions): Promise<Undone> {
  const { settingsFile } = options;
  const translation = translateSite(options);
  const before = `${settingsFile}.before-adopt`;
  const settings: Step = {
    name: "settings",
    intent: `move ${settingsFile} away`,
    check: async () => (existsSync(settingsFile) ? undefined : `${settingsFile} is not there`),
    run: async () => {
      const command = commandBack(options, translation);
      if (command !== undefined)
        throw new StartupError(`Apache still leads the registry to the gateway: first run ${command}`);
      renameSync(settingsFile, `${settingsFile}.undone`);
      if (!existsSync(before)) return `moved to ${settingsFile}.undone`;
      renameSync(before, settingsFile);
      return `moved to ${settingsFile}.undone, and put back the file that was there before`;
    },
  };
  const steps = await runSteps([settings], options);
  return { steps, remaining: await remainingTasks(options, translation, "undo") };
}
