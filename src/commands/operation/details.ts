/** Runs `container-gateway user`, `host` and `repository`. */
import type { Call } from "../command.ts";
import type { ADMIN_OPTIONS, ONE_ARGUMENT } from "../table/operation.ts";
import { age, columns, pairs } from "./columns.ts";
import { bodyOf, gatewayAt } from "./gateway.ts";

const named = (title: string, names: readonly string[]): string =>
  names.length === 0 ? `${title}: none` : `${title}:\n${names.map((name) => `  ${name}`).join("\n")}`;

/** Remark on a list of which only the first are shown. */
const firstOf = (shown: readonly string[], count: number): string =>
  count > shown.length ? ` (the first ${shown.length} of ${count})` : "";

/** Runs the command of one thing. */
export async function runDetails(
  what: "user" | "host" | "repository",
  { options, args: { name }, terminal }: Call<typeof ADMIN_OPTIONS, typeof ONE_ARGUMENT>,
): Promise<number> {
  const gateway = gatewayAt(options, terminal.environment);
  const show = (body: object, ...parts: readonly string[]) =>
    terminal.print(options.json ? JSON.stringify(body, null, 2) : parts.join("\n\n"));
  switch (what) {
    case "user": {
      const user = await bodyOf(gateway.getUserDetails({ params: { path: { login: name } } }));
      const facts = pairs([
        ["Login", user.login],
        ["Spellings", user.spellings.join(", ") || undefined],
        ["Last login", age(user.last_login_at)],
        ["Grants told at a login", age(user.granted_at)],
        ["Left out by the last sync", user.left_out],
        ["Failed logins", user.failed_logins],
      ]);
      const tokens = columns(
        ["TOKEN", "EXPIRES"],
        user.tokens.map(({ checksum, expires_at }) => [checksum, expires_at]),
      );
      show(user, facts, tokens, named("Grants", user.grants));
      return 0;
    }
    case "host": {
      const host = await bodyOf(gateway.getHostDetails({ params: { path: { uuid: name } } }));
      const facts = pairs([
        ["Host", host.uuid],
        ["Grants told for this host", age(host.granted_at)],
        ["Certificate last seen", age(host.seen_at)],
        ["Last pull", age(host.pulled_at)],
        ["Granted nothing when it came", host.unregistered],
      ]);
      show(host, facts, named("Grants", host.grants));
      return 0;
    }
    case "repository": {
      const path = { repository: name };
      const repository = await bodyOf(gateway.getRepositoryDetails({ params: { path } }));
      const { host_count, hosts, cached_tags, cached_tag_count } = repository;
      const facts = pairs([
        ["Repository", repository.name],
        ["Listed by Katello", repository.listed],
        ["Open to everybody", !repository.auth_required],
        ["Closed to everybody", age(repository.closed_at)],
      ]);
      const tags = cached_tags.map(({ tag, digest, missing }) =>
        [tag, missing === true ? "not in Pulp" : digest].filter(Boolean).join("  "),
      );
      show(
        repository,
        facts,
        named("Users", repository.users),
        named(`Hosts${firstOf(hosts, host_count)}`, hosts),
        named(`Tags in the caches${firstOf(tags, cached_tag_count)}`, tags),
      );
      return 0;
    }
  }
}
