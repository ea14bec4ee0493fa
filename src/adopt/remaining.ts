/** Tasks that an adoption leaves to others: the installer, the firewall, systemd. Each can be verified. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";

/** A task for the operator. */
export interface RemainingTask {
  readonly text: string;
  readonly command: string;
  /** Undefined if it can't be verified on this machine. */
  readonly isDone: boolean | undefined;
}

/** The machine and its parts. */
export interface SiteFacts {
  readonly hostName: string;
  readonly facadePort: number;
  /** Port of the Smart Proxy's record before the adoption. */
  readonly smartProxyPort: number;
  /** Apache's virtual host as the installer writes it. */
  readonly virtualHost: string;
  /** True while the Smart Proxy's settings enable the plugin. */
  readonly isPluginEnabled: boolean;
}

/** File and line that keep the plugin disabled when the installer runs again. */
const HIERA_FILE = "/etc/foreman-installer/custom-hiera.yaml";
const HIERA_LINE = "foreman_proxy::plugin::container_gateway::enabled: false";

const CONNECT_TIMEOUT_MS = 2_000;

/** True if something listens on a port of this machine. */
export const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, timeout: CONNECT_TIMEOUT_MS });
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });

/** True if Apache's registry leads to this port; undefined without the installer's file. */
export function leadsTo({ virtualHost }: Pick<SiteFacts, "virtualHost">, port: number): boolean | undefined {
  if (!existsSync(virtualHost)) return undefined;
  return new RegExp(`:${port}/container_gateway/`).test(readFileSync(virtualHost, "utf8"));
}

/** True if the firewall lets a port through; undefined without firewalld. */
export function isPortOpen(port: number): boolean | undefined {
  try {
    execFileSync("firewall-cmd", [`--query-port=${port}/tcp`], { stdio: "ignore" });
    return true;
  } catch (error) {
    // firewall-cmd ends with 1 for "no"; anything else means that there is no firewalld.
    return Reflect.get(Object(error), "status") === 1 ? false : undefined;
  }
}

const installer = (hostName: string, port: number): string =>
  `foreman-installer --foreman-proxy-registered-proxy-url https://${hostName}:${port}`;

/** Tasks after an adoption, in their order. */
export async function tasksAfterAdoption(facts: SiteFacts): Promise<RemainingTask[]> {
  const { hostName, facadePort } = facts;
  return [
    {
      text: "start the gateway",
      command: "systemctl enable --now container-gateway",
      isDone: await isListening(facadePort),
    },
    {
      text: "open the port of the façade for Foreman and for hosts",
      command: `firewall-cmd --permanent --add-port=${facadePort}/tcp && firewall-cmd --reload`,
      isDone: isPortOpen(facadePort),
    },
    {
      text: "keep the plugin disabled, which would still serve old grants at the Smart Proxy's own port; the installer does it at its next run",
      command: `echo '${HIERA_LINE}' >> ${HIERA_FILE}`,
      isDone: !facts.isPluginEnabled,
    },
    {
      text: "lead the Smart Proxy's record and Apache's registry to the façade",
      command: installer(hostName, facadePort),
      isDone: leadsTo(facts, facadePort),
    },
  ];
}

/** Tasks before and after the way back, in their order. */
export async function tasksOfUndo(facts: SiteFacts): Promise<RemainingTask[]> {
  const { hostName, facadePort, smartProxyPort } = facts;
  const leadsToFacade = leadsTo(facts, facadePort);
  return [
    {
      text: "enable the plugin again; the installer does it at its next run",
      command: `sed -i '/^${HIERA_LINE}$/d' ${HIERA_FILE}`,
      isDone: facts.isPluginEnabled,
    },
    {
      text: "lead the Smart Proxy's record and Apache's registry back to the Smart Proxy",
      command: installer(hostName, smartProxyPort),
      isDone: leadsToFacade === undefined ? undefined : !leadsToFacade,
    },
    {
      text: "stop the gateway",
      command: "systemctl disable --now container-gateway",
      isDone: !(await isListening(facadePort)),
    },
    {
      text: "sync the Smart Proxy in Foreman: the plugin's database is as it was before the adoption",
      command: `hammer capsule content synchronize --name ${hostName}`,
      isDone: undefined,
    },
  ];
}
