/** Katello's calls, made with Foreman's HTTP library. */
import { fileURLToPath } from "node:url";
import type { FormValue } from "../../src/client/forms.ts";
import type { Pair } from "../../src/demo/certificates.ts";
import { must } from "./command.ts";
import { programPath } from "./program.ts";

/** One call. A string payload is sent unchanged. */
export interface KatelloCall {
  readonly method: "get" | "put";
  readonly path: string;
  readonly payload?: { readonly [name: string]: FormValue } | string;
}

/** Foreman's result for a reply: with `error`, it raises an exception. */
export interface KatelloAnswer {
  readonly error?: string;
  readonly status: number | null;
  readonly body: string | null;
}

/** The target of the calls, and the client certificate. */
export interface KatelloCaller {
  readonly base: string;
  readonly ca: string;
  readonly identity?: Pair | undefined;
}

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

async function ruby(name: string, input: string): Promise<string[]> {
  const output = await must(programPath("ruby"), [script(name)], { input });
  return output.split("\n").filter((line) => line !== "");
}

/** Makes all calls in order. */
export async function callAsKatello(
  { base, ca, identity }: KatelloCaller,
  calls: readonly KatelloCall[],
): Promise<KatelloAnswer[]> {
  const lines = await ruby("katello.rb", JSON.stringify({ base, ca, ...identity, calls }));
  return lines.map((line) => JSON.parse(line));
}

/** The forms into which rest-client encodes payloads. */
export async function encodeAsKatello(payloads: readonly object[]): Promise<string[]> {
  const lines = await ruby("encoder.rb", payloads.map((payload) => `${JSON.stringify(payload)}\n`).join(""));
  return lines.map((line) => JSON.parse(line));
}

/** The version of Debian's ruby-rest-client. */
export async function restClientVersion(): Promise<string> {
  return (await must(programPath("ruby"), ["-e", "require 'rest-client'; print RestClient::VERSION"])).trim();
}
