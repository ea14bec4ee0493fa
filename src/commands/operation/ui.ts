/** Runs `container-gateway ui`. */
import type { Call } from "../command.ts";
import type { ADMIN_OPTIONS } from "../table/operation.ts";
import { bodyOf, gatewayAt } from "./gateway.ts";

/** Runs the command. */
export async function run({ options, terminal }: Call<typeof ADMIN_OPTIONS>): Promise<number> {
  const link = await bodyOf(gatewayAt(options, terminal.environment).postSignInLink());
  const { urls, seconds } = link;
  terminal.print(
    options.json
      ? JSON.stringify(link, null, 2)
      : `${urls.join("\n")}\n\nThe link signs in one browser within ${seconds} seconds.`,
  );
  return 0;
}
