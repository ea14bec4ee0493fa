/** Views of users, hosts and repositories: lists that the gateway searches page by page, and their details. */
import { confirm, showError } from "./actions.js";
import { bodyOf, gateway } from "./api.js";
import { h, show } from "./dom.js";
import { counted, number } from "./format.js";
import { at, button, card, field, heading, label, link, list, since, table } from "./parts.js";

/** @typedef {import("./api.js").Schemas} Schemas */
/** @typedef {import("./dom.js").Child} Child */

const PAGE_ROWS = 50;
/** Time after the last key until a search begins. */
const SETTLE_MS = 250;
/** Names of a long list that are shown at once. */
const MAX_NAMES = 500;

/** @typedef {{ n: number, last?: string, q?: string }} PageQuery */

/**
 * @template Row
 * @typedef {object} ListKind
 * @property {string} title
 * @property {(count: number) => string} countOf
 * @property {(query: PageQuery) => Promise<{ rows: readonly Row[], total: number }>} load
 * @property {string} key what is searched
 * @property {readonly string[]} titles
 * @property {(row: Row) => string} keyOf
 * @property {(row: Row) => readonly Child[]} cells
 * @property {string} empty
 */

/** @type {ListKind<Schemas["RepositorySummary"]>} */
export const REPOSITORIES = {
  title: "Repositories",
  countOf: (count) => (count === 1 ? "1 repository" : `${number(count)} repositories`),
  load: async (query) => {
    const { repositories: rows, total } = await bodyOf(gateway.getRepositoryList({ params: { query } }));
    return { rows, total };
  },
  key: "name",
  titles: ["Name", "Access", "Users", "Hosts"],
  keyOf: (row) => row.name,
  cells: (row) => [
    link(row.name, `#/repositories/${row.name}`),
    row.auth_required ? label("needs a grant", "blue") : label("open to everybody", "green"),
    number(row.users),
    number(row.hosts),
  ],
  empty: "No repository has such a name. Katello lists those of the environments of this Smart Proxy.",
};

/** @type {ListKind<Schemas["UserSummary"]>} */
const USERS = {
  title: "Users",
  countOf: (count) => counted(count, "user"),
  load: async (query) => {
    const { users: rows, total } = await bodyOf(gateway.getUserList({ params: { query } }));
    return { rows, total };
  },
  key: "login",
  titles: ["Login", "Valid tokens", "Grants", "Last login", "Grants told at a login"],
  keyOf: (row) => row.login.toLowerCase(),
  cells: (row) => [
    link(row.login, `#/users/${encodeURIComponent(row.login)}`),
    number(row.tokens),
    number(row.grants),
    since(row.last_login_at),
    since(row.granted_at),
  ],
  empty: "No user has such a login. Users are known after their first login or Katello's sync.",
};

/** @type {ListKind<Schemas["HostSummary"]>} */
export const HOSTS = {
  title: "Hosts",
  countOf: (count) => counted(count, "host"),
  load: async (query) => {
    const { hosts: rows, total } = await bodyOf(gateway.getHostList({ params: { query } }));
    return { rows, total };
  },
  key: "uuid",
  titles: ["UUID", "Grants", "Grants told for this host", "Last seen", "Last pull"],
  keyOf: (row) => row.uuid,
  cells: (row) => [
    link(row.uuid, `#/hosts/${row.uuid}`),
    number(row.grants),
    since(row.granted_at),
    since(row.seen_at),
    since(row.pulled_at),
  ],
  empty: "No host has such a uuid. Hosts are known after Katello's sync or their first pull.",
};

/**
 * @template Row
 * @param {ListKind<Row>} kind
 * @param {Element} main
 * @param {AbortSignal} signal ends the view
 * @param {readonly Node[]} actions
 */
export function listView(kind, main, signal, ...actions) {
  const search = h("input", {
    id: "search",
    type: "search",
    placeholder: `Search by ${kind.key}`,
    "aria-label": `Search by ${kind.key}`,
    autocomplete: "off",
  });
  const box = h("div", { class: "pf-v6-c-card" });
  const count = h("p", { class: "cgw-subtle", role: "status" });
  const previous = button("Previous", () => void move(-1));
  const next = button("Next", () => void move(1));
  /** Keys after which the pages begin. @type {string[]} */
  let starts = [""];
  let shownFor = 0;
  /** @type {string | undefined} */
  let lastKey;

  const load = async () => {
    shownFor += 1;
    const mine = shownFor;
    try {
      const [last, q] = [starts.at(-1), search.value.trim()];
      const { rows, total } = await kind.load({ n: PAGE_ROWS, ...(last && { last }), ...(q && { q }) });
      if (mine !== shownFor || signal.aborted) return;
      const first = (starts.length - 1) * PAGE_ROWS;
      const lastRow = rows.at(-1);
      lastKey = lastRow === undefined ? undefined : kind.keyOf(lastRow);
      show(box, table(kind.title, kind.titles, rows.map(kind.cells), kind.empty));
      show(
        count,
        rows.length === 0
          ? kind.countOf(total)
          : `${number(first + 1)}–${number(first + rows.length)} of ${kind.countOf(total)}`,
      );
      previous.disabled = starts.length === 1;
      next.disabled = first + rows.length >= total;
    } catch (error) {
      if (mine === shownFor) showError(box, error);
    }
  };
  /** @param {1 | -1} direction */
  const move = async (direction) => {
    if (direction === -1) starts.pop();
    else if (lastKey !== undefined) starts.push(lastKey);
    await load();
  };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      starts = [""];
      void load();
    }, SETTLE_MS);
  });
  show(
    main,
    heading(kind.title, undefined, ...actions),
    h(
      "div",
      { class: "cgw-toolbar" },
      h("span", { class: "pf-v6-c-form-control cgw-search" }, search),
      count,
      h("div", { class: "cgw-actions" }, previous, next),
    ),
    box,
  );
  void load();
}

/** @param {Element} main @param {AbortSignal} signal */
export function usersView(main, signal) {
  listView(USERS, main, signal, button("Unlock", unlockDialog));
}

/** Asks for an account or an address to unlock. */
function unlockDialog() {
  const user = h("input", { id: "unlock-user", autocomplete: "off" });
  const address = h("input", { id: "unlock-address", autocomplete: "off" });
  confirm({
    title: "Unlock after failed logins?",
    text: "Failed logins are forgotten at all gateways: of an account, of an address, or of an account at an address.",
    verb: "Unlock",
    act: () => {
      const [login, from] = [user.value.trim(), address.value.trim()];
      const query = { ...(login && { user: login }), ...(from && { address: from }) };
      return bodyOf(gateway.deleteLockouts({ params: { query } }));
    },
    form: h("div", { class: "pf-v6-c-form" }, field("Login", user), field("Address", address)),
  });
}

/** @param {readonly string[]} names @param {(name: string) => Child} shown @param {string} empty */
const namesOf = (names, shown, empty) =>
  names.length === 0
    ? h("p", { class: "cgw-empty" }, empty)
    : h(
        "ul",
        { class: "cgw-names" },
        names.slice(0, MAX_NAMES).map((name) => h("li", {}, shown(name))),
        names.length > MAX_NAMES && h("li", {}, `and ${number(names.length - MAX_NAMES)} more`),
      );

/** @param {string} name */
const repositoryLink = (name) => link(name, `#/repositories/${name}`);

/** @param {Element} main @param {string} login */
export async function userView(main, login) {
  const params = { path: { login } };
  const user = await bodyOf(gateway.getUserDetails({ params }));
  const again = () => void userView(main, login);
  const revoke = () =>
    confirm(
      {
        title: `End all tokens of ${user.login}?`,
        text: "They end at all gateways at once. Clients with stored credentials log in again: to keep the user out, disable the account in Foreman.",
        verb: "End tokens",
        act: () => bodyOf(gateway.deleteUserTokens({ params })),
        isDanger: true,
      },
      again,
    );
  const unlock = () =>
    confirm(
      {
        title: `Unlock ${user.login}?`,
        text: "The failed logins of this account are forgotten, at all addresses and gateways.",
        verb: "Unlock",
        act: () => bodyOf(gateway.deleteLockouts({ params: { query: { user: user.login } } })),
      },
      again,
    );
  /** @param {Schemas["TokenSummary"]} token */
  const endToken = ({ checksum }) =>
    confirm(
      {
        title: "End this token?",
        text: `The token with the checksum ${checksum.slice(0, 12)}… ends at all gateways at once.`,
        verb: "End token",
        act: () => bodyOf(gateway.deleteToken({ params: { path: { checksum } } })),
        isDanger: true,
      },
      again,
    );
  show(
    main,
    heading(
      user.login,
      link("All users", "#/users"),
      button("Revoke tokens", revoke, "danger"),
      button("Unlock", unlock),
      link("Explain an access", `#/explain?who=${encodeURIComponent(user.login)}`),
    ),
    h(
      "div",
      { class: "cgw-cards" },
      card(
        "User",
        list([
          ["Failed logins that count", number(user.failed_logins)],
          ["Spellings", user.spellings.join(", ")],
          ["Last login", since(user.last_login_at)],
          ["Grants told at a login", since(user.granted_at)],
          ["In Katello's last mapping", user.left_out ? label("left out", "orange") : label("yes", "green")],
        ]),
      ),
      card(
        `Tokens (${user.tokens.length})`,
        table(
          "Tokens",
          ["Checksum", "Issued", "Ends", ""],
          user.tokens.map((token) => [
            h("code", {}, `${token.checksum.slice(0, 12)}…`),
            since(token.issued_at),
            at(token.expires_at),
            button("End", () => endToken(token), "link"),
          ]),
          "The user has no valid token.",
        ),
      ),
      card(
        `May pull (${number(user.grants.length)})`,
        namesOf(user.grants, repositoryLink, "Only what is open to everybody."),
      ),
    ),
  );
}

/** @param {Element} main @param {string} uuid */
export async function hostView(main, uuid) {
  const params = { path: { uuid } };
  const host = await bodyOf(gateway.getHostDetails({ params }));
  const remove = () =>
    confirm(
      {
        title: "Delete this host and its grants?",
        text: "At its next pull Katello is asked again what it may pull. To keep it out, delete the host in Foreman.",
        verb: "Delete",
        act: () => bodyOf(gateway.deleteHost({ params })),
        isDanger: true,
      },
      () => {
        location.hash = "#/hosts";
      },
    );
  show(
    main,
    heading(
      uuid,
      link("All hosts", "#/hosts"),
      button("Revoke", remove, "danger"),
      link("Explain an access", `#/explain?who=${uuid}`),
    ),
    h(
      "div",
      { class: "cgw-cards" },
      card(
        "Host",
        list([
          [
            "Known to Katello",
            host.unregistered ? label("not when it came", "orange") : label("yes", "green"),
          ],
          ["Grants told for this host", since(host.granted_at)],
          ["Certificate last seen", since(host.seen_at)],
          ["Last pull", since(host.pulled_at)],
        ]),
      ),
      card(
        `May pull (${number(host.grants.length)})`,
        namesOf(host.grants, repositoryLink, "Only what is open to everybody."),
      ),
    ),
  );
}

/** @param {Element} main @param {string} name */
export async function repositoryView(main, name) {
  const repository = await bodyOf(gateway.getRepositoryDetails({ params: { path: { repository: name } } }));
  const clearCaches = () =>
    confirm({
      title: "Clear the caches of this repository?",
      text: `All workers of this gateway drop what they hold about ${name}. The next requests ask PostgreSQL and Pulp again.`,
      verb: "Clear",
      act: () => bodyOf(gateway.deleteCache({ params: { query: { repository: name } } })),
    });
  show(
    main,
    heading(
      name,
      link("All repositories", "#/repositories"),
      button("Clear caches", clearCaches),
      link("Explain an access", `#/explain?repository=${encodeURIComponent(name)}`),
    ),
    h(
      "div",
      { class: "cgw-cards" },
      card(
        "Repository",
        list([
          ["Listed by Katello", repository.listed ? label("yes", "green") : label("no", "orange")],
          [
            "Access",
            repository.auth_required ? label("needs a grant", "blue") : label("open to everybody", "green"),
          ],
          ["Last closed to everybody", since(repository.closed_at)],
        ]),
      ),
      card(
        `Users with a grant (${number(repository.users.length)})`,
        namesOf(repository.users, (login) => link(login, `#/users/${encodeURIComponent(login)}`), "None."),
      ),
      card(
        `Hosts with a grant (${number(repository.host_count)})`,
        namesOf(repository.hosts, (uuid) => link(uuid, `#/hosts/${uuid}`), "None."),
      ),
      card(
        `Tags in the caches (${number(repository.cached_tag_count)})`,
        table(
          "Tags in the caches",
          ["Tag", "Digest"],
          repository.cached_tags.map(({ tag, digest, missing }) => [
            tag,
            missing === true ? label("not in Pulp", "orange") : (digest ?? "–"),
          ]),
          "None: they are cached for tag_ttl seconds.",
        ),
      ),
    ),
  );
}
