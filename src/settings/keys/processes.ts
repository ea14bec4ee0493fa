/** The processes, and what they tell. */
import { availableParallelism } from "node:os";
import { z } from "zod";
import { count, flag } from "../values.ts";

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

/** Each with its kind, its default and its meaning. */
export const PROCESSES = {
  workers: count(1, 256).default(availableParallelism).describe("Processes that share the listeners."),
  log_level: z
    .enum(LOG_LEVELS)
    .default("info")
    .describe(`How much to log: ${LOG_LEVELS.join(", ")}.`),
  audit_log: z
    .string()
    .regex(/^(?:log|off|\/.+)$/, "must be log, off, or an absolute path")
    .default("log")
    .describe(
      'Where to tell who was refused, who logged in and who administered: `log` for the ordinary log, in lines with `"audit":true`, the path of a file, or `off`. A file may be moved away at any time.',
    ),
  audit_pulls: flag.default(false).describe("Whether the audit log tells of pulls that are allowed, too."),
} as const;
