/** The machine of an adoption, as foreman-installer or foremanctl has set it up: its settings, and the tasks of others. */
import type { Foremanctl } from "./foremanctl.ts";
import {
  type ForemanctlFacts,
  foremanctlTasks,
  foremanctlUndoTasks,
  isIncluded,
} from "./foremanctl-tasks.ts";
import { type PluginPaths, readPluginFiles } from "./plugin-files.ts";
import { leadsTo, type RemainingTask, type SiteFacts, tasksAfterAdoption, tasksOfUndo } from "./remaining.ts";
import { type Translation, translate } from "./translation.ts";

/** Options that describe the machine. */
export interface SiteOptions {
  readonly paths: PluginPaths;
  /** Used in the place of the paths on a machine that foremanctl has set up. */
  readonly foremanctl: Foremanctl | undefined;
  /** Apache's file that leads the registry. */
  readonly virtualHost: string;
  readonly hostName: string;
}

/** @throws StartupError if the settings can't be read */
export function translateSite({ paths, foremanctl, hostName }: SiteOptions): Translation {
  if (foremanctl === undefined)
    return translate(readPluginFiles(paths), { hostName, installer: "foreman-installer" });
  return translate(foremanctl.read(hostName), { hostName, installer: "foremanctl" });
}

const settingOf = ({ settings }: Translation, key: string): unknown =>
  settings.find((setting) => setting.key === key)?.value;

const portOf = (url: unknown): number => Number(new URL(String(url)).port);

function factsOf({ hostName, virtualHost }: SiteOptions, translation: Translation): SiteFacts {
  return {
    hostName,
    virtualHost,
    isPluginEnabled: translation.isPluginEnabled,
    facadePort: portOf(settingOf(translation, "facade_listen")),
    smartProxyPort: portOf(settingOf(translation, "smart_proxy_url")),
  };
}

function foremanctlFactsOf(
  { hostName, virtualHost }: SiteOptions,
  translation: Translation,
): ForemanctlFacts {
  const [foremans, apaches] = [settingOf(translation, "listen")].flat();
  return {
    hostName,
    dropIn: virtualHost,
    isPluginEnabled: translation.isPluginEnabled,
    foremanUrl: String(settingOf(translation, "foreman_url")),
    port: portOf(foremans),
    apachePort: portOf(apaches),
  };
}

/** Tasks after an adoption, or before and after the way back. */
export function remainingTasks(
  options: SiteOptions,
  translation: Translation,
  when: "after" | "undo",
): Promise<RemainingTask[]> {
  if (options.foremanctl === undefined) {
    const facts = factsOf(options, translation);
    return when === "after" ? tasksAfterAdoption(facts) : tasksOfUndo(facts);
  }
  const facts = foremanctlFactsOf(options, translation);
  return when === "after" ? foremanctlTasks(facts) : foremanctlUndoTasks(facts);
}

/** The command that leads Apache's registry back, if it still leads to the gateway. */
export function commandBack(options: SiteOptions, translation: Translation): string | undefined {
  if (options.foremanctl !== undefined)
    return isIncluded(foremanctlFactsOf(options, translation))
      ? `rm ${options.virtualHost} && systemctl reload httpd`
      : undefined;
  const facts = factsOf(options, translation);
  return leadsTo(facts, facts.facadePort) === true
    ? `foreman-installer --foreman-proxy-registered-proxy-url https://${facts.hostName}:${facts.smartProxyPort}`
    : undefined;
}
