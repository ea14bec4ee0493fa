/** Runs `container-gateway serve`. */
import { limitHeapGrowth } from "../process/v8-heap.ts";
import { loadSettings } from "../settings/load.ts";
import type { Call } from "./command.ts";
import type { CONFIG } from "./table/shared.ts";

/** Runs the command. */
export async function run({ options, terminal }: Call<typeof CONFIG>): Promise<number> {
  // Before most modules are loaded, so that they count.
  limitHeapGrowth();
  const { serve } = await import("../process/serve.ts");
  return serve(() => loadSettings(options.config, terminal.environment), terminal.environment);
}
