/** Load generators: wrk, and ab for client certificates. Both are Debian's. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** The result of a load. */
export interface Rate {
  /** Requests per second. */
  readonly rate: number;
  /** The 99th percentile of the latency, in milliseconds. */
  readonly p99: number;
  /** Share of one core that the load generator used. */
  readonly share: number;
}

/** Options of a load. */
export interface Load {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly seconds: number;
  /** PEM file with the client certificate and its key. */
  readonly certificate?: string;
  /** A Lua script for wrk. */
  readonly script?: string;
  /** True if replies of 400 and above are expected. */
  readonly refused?: boolean;
}

const CONNECTIONS = 32;
const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };

interface Run {
  readonly text: string;
  readonly share: number;
}

/** The shell reports the CPU time of the program. */
const TIMED = 'TIMEFORMAT="took %R %U %S"; time "$@"';

async function run(program: string, package_: string, args: readonly string[]): Promise<Run> {
  try {
    const options = { maxBuffer: 16 * 1024 * 1024 };
    const { stdout, stderr } = await execute("bash", ["-c", TIMED, "bash", program, ...args], options);
    const [real = 1, user = 0, system = 0] = /took (.+)/.exec(stderr)?.[1]?.split(" ").map(Number) ?? [];
    return { text: stdout, share: (user + system) / real };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === 127) {
      throw new Error(`${program} is missing: apt-get install ${package_}`, { cause: error });
    }
    throw error;
  }
}

async function wrk({ url, headers = {}, seconds, script, refused }: Load): Promise<Rate> {
  const args = ["-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, "--latency"];
  for (const [name, value] of Object.entries(headers)) args.push("-H", `${name}: ${value}`);
  if (script !== undefined) args.push("-s", script);
  const { text, share } = await run("wrk", "wrk", [...args, url]);
  if (/Socket errors/.test(text) || (!refused && /Non-2xx or 3xx/.test(text)))
    throw new Error(`${url}: ${text}`);
  const [, p99 = "", unit = ""] = /99%\s+([\d.]+)(us|ms|s)/.exec(text) ?? [];
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]);
  return { rate, p99: Number(p99) * (UNITS[unit] ?? 0), share };
}

async function ab({ url, headers = {}, seconds, certificate = "" }: Load): Promise<Rate> {
  const args = [
    "-q",
    "-k",
    "-c",
    String(CONNECTIONS),
    "-t",
    String(seconds),
    "-n",
    "10000000",
    "-E",
    certificate,
  ];
  for (const [name, value] of Object.entries(headers)) args.push("-H", `${name}: ${value}`);
  const { text, share } = await run("ab", "apache2-utils", [...args, url]);
  if (/Non-2xx responses/.test(text) && !/Non-2xx responses:\s+\d+/.test(text)) throw new Error(text);
  return {
    rate: Number(/Requests per second:\s+([\d.]+)/.exec(text)?.[1]),
    p99: Number(/99%\s+(\d+)/.exec(text)?.[1]),
    share,
  };
}

/** @throws Error if the program is missing or requests failed */
export const load = (what: Load): Promise<Rate> => (what.certificate === undefined ? wrk(what) : ab(what));
