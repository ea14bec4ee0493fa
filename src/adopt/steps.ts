/** Steps of an adoption: each is checked first, shown, confirmed, and run if it is needed. */
import { StartupError } from "../model/startup-error.ts";

/** State of a step. `skipped`: not run, because of a dry run or a refused confirmation. */
export type StepState = "done" | "run" | "skipped";

/** A step with its result. */
export interface StepResult {
  readonly name: string;
  readonly state: StepState;
  readonly text: string;
}

/** A step. */
export interface Step {
  readonly name: string;
  /** Shown before the step runs. */
  readonly intent: string;
  /** Text of what is there already; undefined if the step is needed. */
  check(): Promise<string | undefined>;
  /** Runs the step, and says what it has done. */
  run(): Promise<string>;
}

/** Options of {@link runSteps}. */
export interface StepOptions {
  readonly isDryRun: boolean;
  /** Asks whether to run a step. */
  confirm(intent: string): Promise<boolean>;
  /** Called for each result, as it comes. */
  onResult(result: StepResult): void;
}

/** @throws StartupError that names the step */
async function runStep({ name, run }: Step): Promise<string> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof StartupError) throw cause;
    throw new StartupError(`the step "${name}" failed, and nothing after it was done`, { cause });
  }
}

/** Runs the steps in order, until one fails or is not confirmed. In a dry run all are checked and none is run. */
export async function runSteps(
  steps: readonly Step[],
  { isDryRun, confirm, onResult }: StepOptions,
): Promise<readonly StepResult[]> {
  const results: StepResult[] = [];
  const add = (name: string, state: StepState, text: string) => {
    const result = { name, state, text };
    results.push(result);
    onResult(result);
  };
  for (const step of steps) {
    const done = await step.check();
    if (done !== undefined) add(step.name, "done", done);
    else if (isDryRun) add(step.name, "skipped", step.intent);
    else if (await confirm(step.intent)) add(step.name, "run", await runStep(step));
    else {
      add(step.name, "skipped", `not confirmed: ${step.intent}`);
      break;
    }
  }
  return results;
}
