/** Runs `container-gateway users`, `hosts`, `repositories` and `tokens`. */
import type { Call } from "../command.ts";
import type { LIST_OPTIONS } from "../table/operation.ts";
import { age, columns } from "./columns.ts";
import { bodyOf, gatewayAt } from "./gateway.ts";
import { numberOf } from "./words.ts";

/** Runs the command of a list. */
export async function runList(
  list: "users" | "hosts" | "repositories" | "tokens",
  { options, terminal }: Call<typeof LIST_OPTIONS>,
): Promise<number> {
  const gateway = gatewayAt(options, terminal.environment);
  const { after } = options;
  const query = { n: numberOf("limit", options.limit), ...(after === undefined ? {} : { last: after }) };
  const show = (body: object, text: string) =>
    terminal.print(options.json ? JSON.stringify(body, null, 2) : text);
  switch (list) {
    case "users": {
      const body = await bodyOf(gateway.getUserList({ params: { query } }));
      const rows = body.users.map((user) => [
        user.login,
        user.tokens,
        user.grants,
        age(user.last_login_at),
        age(user.granted_at),
      ]);
      show(body, columns(["LOGIN", "TOKENS", "GRANTS", "LAST LOGIN", "GRANTS TOLD AT A LOGIN"], rows));
      return 0;
    }
    case "hosts": {
      const body = await bodyOf(gateway.getHostList({ params: { query } }));
      const rows = body.hosts.map((host) => [
        host.uuid,
        host.grants,
        age(host.granted_at),
        age(host.seen_at),
        age(host.pulled_at),
      ]);
      show(body, columns(["UUID", "GRANTS", "GRANTS TOLD FOR THIS HOST", "LAST SEEN", "LAST PULL"], rows));
      return 0;
    }
    case "repositories": {
      const body = await bodyOf(gateway.getRepositoryList({ params: { query } }));
      const rows = body.repositories.map((one) => [one.name, !one.auth_required, one.users, one.hosts]);
      show(body, columns(["NAME", "OPEN", "USERS", "HOSTS"], rows));
      return 0;
    }
    case "tokens": {
      const body = await bodyOf(gateway.getTokenList({ params: { query } }));
      const rows = body.tokens.map((token) => [token.checksum, token.login, token.expires_at]);
      show(body, columns(["CHECKSUM", "LOGIN", "EXPIRES"], rows));
      return 0;
    }
  }
}
