/** All settings, in the groups of their topics: the files of `keys/` have their types, defaults and descriptions. */
import type { z } from "zod";
import { ADMINISTRATION } from "./keys/administration.ts";
import { CALLERS } from "./keys/callers.ts";
import { DATABASE } from "./keys/database.ts";
import { FACADE } from "./keys/facade.ts";
import { KATELLO } from "./keys/katello.ts";
import { LIMITS } from "./keys/limits.ts";
import { LISTENING } from "./keys/listening.ts";
import { PROCESSES } from "./keys/processes.ts";
import { PULP } from "./keys/pulp.ts";

/** Settings by topic, from which docs/settings.md is generated. */
export const GROUPS = [
  { title: "Where the gateway is reached", keys: LISTENING },
  { title: "Who is calling", keys: CALLERS },
  { title: "Katello", keys: KATELLO },
  { title: "Pulp and its content", keys: PULP },
  { title: "The database", keys: DATABASE },
  { title: "The façade in front of the Smart Proxy", keys: FACADE },
  { title: "Administration and metrics", keys: ADMINISTRATION },
  { title: "Limits", keys: LIMITS },
  { title: "Processes and logs", keys: PROCESSES },
] as const;

/** Settings by name. */
export const KEYS = {
  ...LISTENING,
  ...CALLERS,
  ...KATELLO,
  ...PULP,
  ...DATABASE,
  ...FACADE,
  ...ADMINISTRATION,
  ...LIMITS,
  ...PROCESSES,
} as const;

/** Parsed settings. */
export type ParsedSettings = z.infer<z.ZodObject<typeof KEYS>>;

/** Validated settings with defaults. */
export type Settings = Readonly<Omit<ParsedSettings, "client_endpoint"> & { client_endpoint: string }>;
