/** `container-gateway adopt --undo`: gives the registry back to the plugin, whose settings and database are untouched. */
import { existsSync, renameSync } from "node:fs";
import { StartupError } from "../model/startup-error.ts";
import { type AdoptOptions, portOf } from "./adopt.ts";
import { readPluginFiles } from "./plugin-files.ts";
import { leadsTo, type RemainingTask, tasksOfUndo } from "./remaining.ts";
import { runSteps, type Step, type StepResult } from "./steps.ts";
import { translate } from "./translation.ts";

/** The result of the way back. */
export interface Undone {
  readonly steps: readonly StepResult[];
  readonly remaining: readonly RemainingTask[];
}

/** @throws StartupError while Apache still leads to the gateway: without its settings clients would be refused */
export async function undo(options: AdoptOptions): Promise<Undone> {
  const { paths, settingsFile, hostName, virtualHost } = options;
  const translation = translate(readPluginFiles(paths), { hostName });
  const facts = {
    hostName,
    virtualHost,
    isPluginEnabled: translation.isPluginEnabled,
    facadePort: portOf(translation, "facade_listen"),
    smartProxyPort: portOf(translation, "smart_proxy_url"),
  };
  const before = `${settingsFile}.before-adopt`;
  const settings: Step = {
    name: "settings",
    intent: `move ${settingsFile} away`,
    check: async () => (existsSync(settingsFile) ? undefined : `${settingsFile} is not there`),
    run: async () => {
      if (leadsTo(facts, facts.facadePort) === true)
        throw new StartupError(
          `Apache still leads the registry to the gateway: first run foreman-installer --foreman-proxy-registered-proxy-url https://${hostName}:${facts.smartProxyPort}`,
        );
      renameSync(settingsFile, `${settingsFile}.undone`);
      if (!existsSync(before)) return `moved to ${settingsFile}.undone`;
      renameSync(before, settingsFile);
      return `moved to ${settingsFile}.undone, and put back the file that was there before`;
    },
  };
  return { steps: await runSteps([settings], options), remaining: await tasksOfUndo(facts) };
}
