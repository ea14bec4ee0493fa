/** Runs programs to their end, or starts and stops them. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";

/** Options of a program. */
export interface Surroundings {
  /** Variables beside PATH; nothing else is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Standard input. */
  readonly input?: string;
  /** Timeout in seconds; default {@link DEFAULT_SECONDS}. */
  readonly seconds?: number;
}

/** The result of a program. */
export interface Outcome {
  /** The exit code; 128 and above after a signal. */
  readonly code: number;
  readonly stdout: string;
  /** Both output streams, interleaved. */
  readonly said: string;
}

/** A program that runs until it is stopped. */
export interface Daemon {
  readonly pid: number;
  said(): string;
  /** Sends SIGTERM, waits, and returns the exit code. */
  stop(): Promise<number>;
}

/** A little less than the timeout of a test. */
const DEFAULT_SECONDS = 110;
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<number>;
  readonly stdout: () => string;
  readonly said: () => string;
}

function begin(program: string, args: readonly string[], { env, cwd = "/", input }: Surroundings): Started {
  const child = spawn(program, args, { env: { PATH, LC_ALL: "C.UTF-8", ...env }, cwd });
  let stdout = "";
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    said += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  child.stdin.on("error", () => undefined).end(input ?? "");
  const ended = once(child, "exit").then(([code]: (number | null)[]) => code ?? 128);
  return { child, ended, stdout: () => stdout, said: () => said };
}

/** @throws Error if the program can't be started, or times out */
export async function run(
  program: string,
  args: readonly string[],
  surroundings: Surroundings = {},
): Promise<Outcome> {
  const { child, ended, stdout, said } = begin(program, args, surroundings);
  const { seconds = DEFAULT_SECONDS } = surroundings;
  const late = setTimeout(seconds * 1000, "late", { ref: false });
  const code = await Promise.race([ended, late]);
  if (code === "late") {
    child.kill("SIGKILL");
    throw new Error(`${program} ${args.join(" ")}: no end after ${seconds} s; it said:\n${said()}`);
  }
  // Processes that it left behind may hold its output open; they are not waited for.
  await Promise.race([Promise.all([ended, streamsEnd(child)]), setTimeout(500)]);
  return { code: Number(code), stdout: stdout(), said: said() };
}

async function streamsEnd({ stdout, stderr }: ChildProcess): Promise<void> {
  await Promise.all([stdout, stderr].map((stream) => stream?.closed === false && once(stream, "close")));
}

/**
 * Runs a program that must succeed.
 * @throws Error with its output
 */
export async function must(
  program: string,
  args: readonly string[],
  surroundings: Surroundings = {},
): Promise<string> {
  const { code, stdout, said } = await run(program, args, surroundings);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")}: exit code ${code}\n${said}`);
  return stdout;
}

/** Waits until a condition holds. @throws Error that names `what` after `seconds` */
export async function until<Answer>(
  what: string,
  question: () => Promise<Answer | undefined> | Answer | undefined,
  seconds = 30,
): Promise<Answer> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await setTimeout(50)) {
    const answer = await question();
    if (answer !== undefined) return answer;
  }
  throw new Error(`${what}: not after ${seconds} s`);
}

/**
 * Starts a program that keeps running, and waits until it is ready.
 * @throws Error with its output, if it exits or isn't ready in time
 */
export async function startDaemon(
  program: string,
  args: readonly string[],
  ready: (said: string) => Promise<boolean> | boolean,
  surroundings: Surroundings = {},
): Promise<Daemon> {
  const { child, ended, said } = begin(program, args, surroundings);
  let code: number | undefined;
  const failed = ended.then(
    (end) => {
      code = end;
    },
    (error: Error) => {
      code = 127;
      return error;
    },
  );
  const stop = async () => {
    if (code === undefined) child.kill("SIGTERM");
    const late = await Promise.race([failed, setTimeout(30_000, "late" as const, { ref: false })]);
    if (late === "late") child.kill("SIGKILL");
    await failed;
    return code ?? 0;
  };
  try {
    await until(
      `${program} to be ready`,
      async () => {
        if (code !== undefined) throw new Error(`${program} ended with exit code ${code}`);
        return (await ready(said())) || undefined;
      },
      surroundings.seconds,
    );
  } catch (error) {
    await stop();
    throw new Error(`${error instanceof Error ? error.message : error}; it said:\n${said()}`);
  }
  return { pid: child.pid ?? 0, said, stop };
}
