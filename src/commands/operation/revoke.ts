/** Runs `container-gateway revoke`. */
import { UsageError } from "../arguments.ts";
import type { Call } from "../command.ts";
import type { ADMIN_OPTIONS, REVOKE_ARGUMENTS } from "../table/operation.ts";
import { bodyOf, gatewayAt } from "./gateway.ts";
import { printResult } from "./result.ts";
import { named } from "./words.ts";

/** Runs the command. */
export async function run({
  options,
  args: { what },
  terminal,
}: Call<typeof ADMIN_OPTIONS, typeof REVOKE_ARGUMENTS>): Promise<number> {
  const gateway = gatewayAt(options, terminal.environment);
  const { kind, value } = named(what);
  const revoke = () => {
    switch (kind) {
      case "token":
        return gateway.deleteToken({ params: { path: { checksum: value } } });
      case "host":
        return gateway.deleteHost({ params: { path: { uuid: value } } });
      case "user":
        return gateway.deleteUserTokens({ params: { path: { login: value } } });
      default:
        throw new UsageError(
          `WHAT must be a login, the checksum of a token or the uuid of a host, not ${what}`,
        );
    }
  };
  return printResult(await bodyOf(revoke()), options, terminal);
}
