/** A real HAProxy with a configuration of docs/load-balancer.md, in front of gateways of this machine. */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { freePorts } from "../pulp/ports.ts";
import { pem, testFolder } from "../support/gateway.ts";
import { listens } from "./apache.ts";
import { startDaemon } from "./command.ts";
import { programPath } from "./program.ts";

/** Modes of the page: its headings. */
export type BalancerMode = "HTTP" | "TCP";

/** A running HAProxy. */
export interface Haproxy {
  readonly origin: string;
  stop(): Promise<void>;
}

/** Address from which it connects to the gateways. */
export const BALANCER = "127.0.0.2";

const page = readFileSync(fileURLToPath(new URL("../../docs/load-balancer.md", import.meta.url)), "utf8");

/** Returns the code block of a language in the page's section on a mode. @throws Error if there is none */
function blockOf(mode: BalancerMode, language: string): string {
  const section = page.split(/^## /m).find((text) => text.startsWith(`HAProxy in ${mode} mode`));
  const [, text] = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(section ?? "") ?? [];
  if (text === undefined) throw new Error(`docs/load-balancer.md has no ${language} for ${mode} mode`);
  return text;
}

/** Settings of the gateways in the page, with the address of this balancer. */
export const balancerSettings = (mode: BalancerMode): Record<string, unknown> =>
  parse(blockOf(mode, "yaml").replaceAll("192.0.2.10", BALANCER));

/** Returns the page's configuration with a server for each gateway. */
function configurationOf(mode: BalancerMode, gateways: readonly string[], port: number): string {
  const both = join(testFolder(), "haproxy.pem");
  writeFileSync(both, `${pem("server.crt")}\n${pem("server.key")}`);
  const text = blockOf(mode, "haproxy");
  const [first = ""] = /^ *server one .*\n/m.exec(text) ?? [];
  const servers = gateways.map((address, index) =>
    first
      .replace("server one", `server gateway-${index}`)
      .replace("gateway-1.example.org:9443", address)
      .replaceAll("gateway-1.example.org", "localhost"),
  );
  return text
    .replace(/^ *server .*\n/gm, "")
    .replace(/$/, servers.join(""))
    .replace("bind :443", `bind 127.0.0.1:${port}`)
    .replace("default-server", `default-server source ${BALANCER}`)
    .replace("/etc/haproxy/registry.pem", both)
    .replaceAll("/etc/haproxy/gateway-ca.pem", join(testFolder(), "ca.crt"));
}

/**
 * Starts HAProxy.
 * @param gateways their addresses, as `host:port`
 * @param version of the PROXY protocol, if not the page's
 */
export async function startHaproxy(
  mode: BalancerMode,
  gateways: readonly string[],
  version: 1 | 2 = 2,
): Promise<Haproxy> {
  const port = await freePorts(1);
  const file = join(testFolder(), `haproxy-${randomBytes(4).toString("hex")}.cfg`);
  const text = configurationOf(mode, gateways, port);
  writeFileSync(file, version === 1 ? text.replaceAll("send-proxy-v2", "send-proxy") : text);
  const daemon = await startDaemon(programPath("haproxy"), ["-db", "-f", file], () => listens(port));
  return {
    origin: `https://localhost:${port}`,
    stop: async () => {
      await daemon.stop();
    },
  };
}
