/** Processes of the machine, as /proc shows them. */
import { readdirSync, readFileSync } from "node:fs";

/** Process ids of the children of a process, such as the workers of a gateway. */
export const childrenOf = (pid: number): number[] =>
  readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  );

/** Memory of a process in bytes: what it has now (`VmRSS`), or the most since its start or since `clear_refs` (`VmHWM`). */
export function memoryOf(pid: number, figure: "VmRSS" | "VmHWM" = "VmRSS"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${figure}:\\s+(\\d+)`, "m").exec(status)?.[1]) * 1024;
}

/** Processor time is counted in hundredths of a second, see proc_pid_stat(5). */
const TICKS_PER_SECOND = 100;

/** Processor time that a process has used, in seconds. */
export function processorTimeOf(pid: number): number {
  const [, fields = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
  const [user = 0, system = 0] = fields.split(" ").slice(11, 13).map(Number);
  return (user + system) / TICKS_PER_SECOND;
}
