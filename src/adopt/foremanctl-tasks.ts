/** Tasks that an adoption leaves to others on a machine of foremanctl. */
import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { PLUGIN_SECRET } from "./foremanctl.ts";
import { isListening, isPortOpen, type RemainingTask } from "./remaining.ts";

/** The machine and its parts. */
export interface ForemanctlFacts {
  readonly hostName: string;
  readonly foremanUrl: string;
  /** Port for Foreman, and port for Apache. */
  readonly port: number;
  readonly apachePort: number;
  /** File that Apache includes first. */
  readonly dropIn: string;
  /** True while the secret enables the plugin. */
  readonly isPluginEnabled: boolean;
}

const FRAGMENT = fileURLToPath(new URL("../../packaging/apache/container-gateway.conf", import.meta.url));

/** True if Apache's registry leads to the gateway. */
export const isIncluded = ({ dropIn, apachePort }: Pick<ForemanctlFacts, "dropIn" | "apachePort">): boolean =>
  existsSync(dropIn) && readFileSync(dropIn, "utf8").includes(`http://127.0.0.1:${apachePort}`);

/** Command that sets a line of the plugin's secret, and restarts the Smart Proxy with it. */
const enable = (isEnabled: boolean): string =>
  [
    `podman secret inspect --showsecret --format '{{.SecretData}}' ${PLUGIN_SECRET}`,
    `sed 's/^:enabled: .*/:enabled: ${isEnabled}/'`,
    `podman secret create --replace ${PLUGIN_SECRET} - && systemctl restart foreman-proxy`,
  ].join(" | ");

/** Tasks after an adoption, in their order. */
export async function foremanctlTasks(facts: ForemanctlFacts): Promise<RemainingTask[]> {
  const { hostName, port, apachePort, dropIn } = facts;
  const lines = [
    `Define CONTAINER_GATEWAY_ADDRESS http://127.0.0.1:${apachePort}`,
    `Define CONTAINER_GATEWAY_NAME ${hostName}`,
    `Include ${FRAGMENT}`,
  ];
  return [
    {
      text: "start the gateway",
      command: "systemctl enable --now container-gateway",
      isDone: await isListening(port),
    },
    {
      text: "open the gateway's port for Foreman",
      command: `firewall-cmd --permanent --add-port=${port}/tcp && firewall-cmd --reload`,
      isDone: isPortOpen(port),
    },
    {
      text: "lead Apache's registry to the gateway",
      command: `mkdir -p ${dirname(dropIn)} && printf '%s\\n' ${lines.map((line) => `'${line}'`).join(" ")} > ${dropIn} && systemctl reload httpd`,
      isDone: isIncluded(facts),
    },
    {
      text: "disable the plugin, after each foremanctl deploy: Katello would sync to it",
      command: enable(false),
      isDone: !facts.isPluginEnabled,
    },
    {
      text: "refresh the features of the Smart Proxy's record, and register the gateway on a record of its own",
      command: `hammer proxy refresh-features --name ${hostName} && container-gateway register --foreman ${facts.foremanUrl} --name ${hostName}-registry --url https://${hostName}:${port}`,
      isDone: undefined,
    },
  ];
}

/** Tasks before and after the way back, in their order. */
export async function foremanctlUndoTasks(facts: ForemanctlFacts): Promise<RemainingTask[]> {
  const { hostName, port, dropIn } = facts;
  return [
    { text: "enable the plugin again", command: enable(true), isDone: facts.isPluginEnabled },
    {
      text: "lead Apache's registry back to the Smart Proxy",
      command: `rm ${dropIn} && systemctl reload httpd`,
      isDone: !isIncluded(facts),
    },
    {
      text: "remove the gateway's record, and refresh the features of the Smart Proxy's",
      command: `hammer proxy delete --name ${hostName}-registry && hammer proxy refresh-features --name ${hostName}`,
      isDone: undefined,
    },
    {
      text: "stop the gateway",
      command: "systemctl disable --now container-gateway",
      isDone: !(await isListening(port)),
    },
    {
      text: "sync the Smart Proxy in Foreman: the plugin's database is as it was before the adoption",
      command: `hammer capsule content synchronize --name ${hostName}`,
      isDone: undefined,
    },
  ];
}
