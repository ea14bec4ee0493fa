/** Runs `container-gateway contract proxy`. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { HarWriter } from "../../contract/proxy/har-writer.ts";
import { createContractProxy } from "../../contract/proxy/proxy.ts";
import { errorText } from "../../model/error-text.ts";
import { StartupError } from "../../model/startup-error.ts";
import { UsageError } from "../arguments.ts";
import type { OptionValues, Terminal } from "../command.ts";
import type { CONTRACT_OPTIONS } from "../table/contract.ts";
import { EXIT_CODE, identityOf, textOf, urlOf } from "./files.ts";

type ContractOptions = OptionValues<typeof CONTRACT_OPTIONS>;

function listenOf(text: string): { readonly host: string; readonly port: number } {
  const [, host = "", port = ""] = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(text) ?? [];
  if (host === "") throw new UsageError(`--listen must be HOST:PORT, not ${text}`);
  return { host, port: Number(port) };
}

function recordingOf(file: string | undefined): HarWriter | undefined {
  if (file === undefined) return undefined;
  try {
    return new HarWriter(file);
  } catch (cause) {
    throw new StartupError(`--record can't be written: ${errorText(cause)}`, { cause });
  }
}

/** Resolves at the first SIGINT or SIGTERM. */
const stopped = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });

/** Passes requests on until a signal comes, and prints each broken rule. */
export async function runProxy(options: ContractOptions, terminal: Terminal): Promise<number> {
  const { host, port } = listenOf(options.listen);
  const server = identityOf(["server-cert", options["server-cert"]], ["server-key", options["server-key"]]);
  let findings = 0;
  const proxy = await createContractProxy({
    to: new URL(urlOf("to", options.to)),
    ca: textOf("ca", options.ca),
    server,
    clientCa: textOf("client-ca", options["client-ca"]),
    client: identityOf(["cert", options.cert], ["key", options.key]),
    onFinding: (finding) => {
      findings += 1;
      terminal.print(finding);
    },
    recording: recordingOf(options.record),
  });
  const stop = stopped();
  proxy.server.listen(port, host);
  await once(proxy.server, "listening").catch((cause: unknown) => {
    throw new StartupError(`can't listen at ${options.listen}: ${errorText(cause)}`, { cause });
  });
  const address: AddressInfo | string | null = proxy.server.address();
  const actual = typeof address === "object" && address !== null ? address.port : port;
  terminal.print(`listening at ${server === undefined ? "http" : "https"}://${host}:${actual}`);
  await stop;
  await proxy.close();
  terminal.print(`${proxy.requests} requests, ${findings} broken rules`);
  return findings > 0 ? EXIT_CODE.broken : 0;
}
