/** Processes and logs. */
import { availableParallelism } from "node:os";
import { z } from "zod";
import { count, flag } from "../values.ts";

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

/** Converts the level of a Smart Proxy (`INFO`, `UNKNOWN`) to one of the log. */
function plainLevel(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const level = value.toLowerCase();
  return level === "unknown" ? "fatal" : level;
}

/** Type, default and description of each setting. */
export const PROCESSES = {
  workers: count(1, 256)
    .default(availableParallelism)
    .describe("Number of processes that share the listeners."),
  log_level: z
    .preprocess(plainLevel, z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(", ")}`))
    .default("info")
    .describe(
      `Minimum level of log messages: ${LOG_LEVELS.join(", ")}, in small or capital letters. \`UNKNOWN\`, the Smart Proxy's highest level, means \`fatal\`.`,
    ),
  log_format: z
    .enum(["json", "text"], "must be json or text")
    .default("json")
    .describe(
      "Format of the log: `json`, one object a line, or `text`, one line for people: time, level, message, and fields as `name=value`. Under systemd each line has its priority in the journal.",
    ),
  audit_log: z
    .string()
    .regex(/^(?:log|off|\/.+)$/, "must be log, off, or an absolute path")
    .default("log")
    .describe(
      'Destination of the audit log, which records refusals, logins and administration: `log` for the ordinary log, in lines with `"audit":true`, the path of a file, or `off`. The file may be rotated at any time without a signal.',
    ),
  audit_pulls: flag.default(false).describe("Whether the audit log also records allowed pulls."),
} as const;
