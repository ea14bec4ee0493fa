/** The settings, with what they mean and what they are when left out. */
import type { z } from "zod";
import { BOUNDS } from "./keys/bounds.ts";
import { CALLERS } from "./keys/callers.ts";
import { DATABASE } from "./keys/database.ts";
import { KATELLO } from "./keys/katello.ts";
import { LISTENING } from "./keys/listening.ts";
import { PROCESSES } from "./keys/processes.ts";
import { PULP } from "./keys/pulp.ts";

/** The settings by what they are about; docs/settings.md is written from this. */
export const GROUPS = [
  { title: "Where the gateway is reached", keys: LISTENING },
  { title: "Who is calling", keys: CALLERS },
  { title: "Katello", keys: KATELLO },
  { title: "Pulp and its content", keys: PULP },
  { title: "The database", keys: DATABASE },
  { title: "Bounds", keys: BOUNDS },
  { title: "Processes and logs", keys: PROCESSES },
] as const;

/** The settings one by one. */
export const KEYS = {
  ...LISTENING,
  ...CALLERS,
  ...KATELLO,
  ...PULP,
  ...DATABASE,
  ...BOUNDS,
  ...PROCESSES,
} as const;

/** The settings as they are given. */
export type Given = z.infer<z.ZodObject<typeof KEYS>>;

/** All settings, checked, with what is left out filled in. */
export type Settings = Readonly<Omit<Given, "client_endpoint"> & { client_endpoint: string }>;
