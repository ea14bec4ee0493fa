/** Options that several commands have. */
import { DEFAULT_FILE } from "../../settings/sources.ts";

/** Settings file. */
export const CONFIG = {
  config: { type: "string", value: "FILE", help: `settings file (default: ${DEFAULT_FILE})` },
} as const;

/** Output for programs. */
export const JSON_OUTPUT = {
  json: { type: "boolean", help: "print one JSON document" },
} as const;
