/** The page: session, navigation, and the views. */
import { announce, results, showError } from "./actions.js";
import { bodyOf, gateway, isSignedOut, whenSignedOut } from "./api.js";
import { auditView } from "./audit.js";
import { h, show, svg } from "./dom.js";
import { explainView } from "./explain.js";
import { HOSTS, hostView, listView, REPOSITORIES, repositoryView, usersView, userView } from "./lists.js";
import { live } from "./live.js";
import { overview } from "./overview.js";
import { settingsView } from "./settings.js";
import { showSignIn, useLink } from "./sign-in.js";
import { syncsView } from "./syncs.js";

/** @typedef {(main: Element, signal: AbortSignal, query: URLSearchParams) => unknown} View */

/** Views by the first word of the address. @type {Readonly<Record<string, readonly [title: string, view: View]>>} */
const VIEWS = {
  overview: ["Overview", overview],
  syncs: ["Syncs", syncsView],
  repositories: ["Repositories", (main, signal) => listView(REPOSITORIES, main, signal)],
  users: ["Users", usersView],
  hosts: ["Hosts", (main, signal) => listView(HOSTS, main, signal)],
  explain: ["Explain", explainView],
  audit: ["Audit", auditView],
  settings: ["Settings", settingsView],
};

/** Views of one thing. @type {Readonly<Record<string, (main: Element, name: string) => Promise<void>>>} */
const DETAILS = { repositories: repositoryView, users: userView, hosts: hostView };

/** Use of the page after which its session is renewed. */
const RENEWAL_MS = 5 * 60 * 1000;

const app = document.getElementById("app") ?? document.body;
const main = h("main", { class: "pf-v6-c-page__main", id: "main", tabindex: "-1" });
const section = h("section", { class: "pf-v6-c-page__main-section" });
const lost = h("div", { class: "cgw-lost", role: "alert" });
const navigation = h("ul", { class: "pf-v6-c-nav__list", role: "list" });
const sidebar = h("div", { class: "pf-v6-c-page__sidebar", id: "sidebar" });
const state = h("span", { class: "cgw-state" });
let current = new AbortController();
let renewedAt = Date.now();

/** Parts of the address, such as `#/users/alice?n=1`. */
function route() {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  const [name = "", ...rest] = path.split("/");
  return { name: name in VIEWS ? name : "overview", rest: rest.join("/"), query: new URLSearchParams(query) };
}

async function showView() {
  current.abort();
  current = new AbortController();
  const { name, rest, query } = route();
  const [title, view] = VIEWS[name] ?? ["Overview", overview];
  document.title = `${rest === "" ? title : decodeURIComponent(rest)} – Container Gateway`;
  for (const item of navigation.querySelectorAll("a")) {
    const isCurrent = item.getAttribute("href") === `#/${name}`;
    item.classList.toggle("pf-m-current", isCurrent);
    if (isCurrent) item.setAttribute("aria-current", "page");
    else item.removeAttribute("aria-current");
  }
  setMenu(false);
  show(section);
  const details = rest === "" ? undefined : DETAILS[name];
  try {
    if (details === undefined) await view(section, current.signal, query);
    else await details(section, decodeURIComponent(rest));
  } catch (error) {
    showError(section, error);
  }
  main.scrollTop = 0;
}

/** @param {boolean} isOpen the sidebar, where there is no room for it beside the view */
function setMenu(isOpen) {
  sidebar.classList.toggle("cgw-open", isOpen);
  document.getElementById("menu")?.setAttribute("aria-expanded", String(isOpen));
}

/** @param {string} path of an icon of 24 by 24 */
const icon = (path) =>
  svg(
    "svg",
    { viewBox: "0 0 24 24", width: 20, height: 20, "aria-hidden": "true" },
    svg("path", { d: path, fill: "currentColor" }),
  );

const MENU = "M3 6h18v2H3zM3 11h18v2H3zM3 16h18v2H3z";
const THEME = "M12 3a9 9 0 1 0 0 18zM12 1a11 11 0 1 1 0 22 11 11 0 0 1 0-22z";

/** @param {string} name */
const masthead = (name) =>
  h(
    "header",
    { class: "pf-v6-c-masthead pf-m-display-inline cgw-masthead" },
    h(
      "button",
      {
        id: "menu",
        type: "button",
        class: "pf-v6-c-button pf-m-plain cgw-menu",
        "aria-label": "Navigation",
        "aria-expanded": "false",
        "aria-controls": "sidebar",
        onclick: () => setMenu(!sidebar.classList.contains("cgw-open")),
      },
      icon(MENU),
    ),
    h(
      "a",
      { class: "cgw-brand", href: "#/overview" },
      h("img", { src: "icon.svg", alt: "", width: 28, height: 28 }),
      h("span", {}, "Container Gateway"),
    ),
    state,
    h("span", { class: "cgw-space" }),
    h(
      "a",
      { class: "pf-v6-c-button pf-m-link", href: "../manual/", target: "_blank" },
      h("span", { class: "pf-v6-c-button__text" }, "Manual"),
    ),
    h("span", { class: "cgw-user cgw-subtle" }, name),
    h(
      "button",
      {
        type: "button",
        class: "pf-v6-c-button pf-m-plain",
        "aria-label": "Switch between light and dark",
        onclick: () => dispatchEvent(new Event("toggletheme")),
      },
      icon(THEME),
    ),
    h(
      "button",
      { type: "button", class: "pf-v6-c-button pf-m-link", onclick: () => void signOut() },
      h("span", { class: "pf-v6-c-button__text" }, "Sign out"),
    ),
  );

async function signOut() {
  try {
    await bodyOf(gateway.deleteSession());
    signedOut(undefined);
  } catch (error) {
    announce("danger", error instanceof Error ? error.message : String(error));
  }
}

/** @param {string} [problem] */
function signedOut(problem) {
  live.stop();
  current.abort();
  document.querySelector("dialog")?.close();
  showSignIn(app, problem, () => void start());
}

function showConnection() {
  show(
    state,
    h("span", { class: `cgw-dot ${live.isConnected ? "cgw-dot-live" : ""}` }),
    live.isConnected ? "live" : "connecting",
  );
  const wasConnected = live.status !== undefined;
  show(
    lost,
    !live.isConnected &&
      wasConnected &&
      "The connection to the gateway is lost. What you see is old; the page connects again by itself.",
  );
}

function renew() {
  if (Date.now() - renewedAt < RENEWAL_MS) return;
  renewedAt = Date.now();
  bodyOf(gateway.getSession()).catch(() => undefined);
}

/** @param {string} name of who has signed in */
function showPage(name) {
  show(
    navigation,
    Object.entries(VIEWS).map(([path, [title]]) =>
      h(
        "li",
        { class: "pf-v6-c-nav__item" },
        h(
          "a",
          { class: "pf-v6-c-nav__link", href: `#/${path}` },
          h("span", { class: "pf-v6-c-nav__link-text" }, title),
        ),
      ),
    ),
  );
  show(
    sidebar,
    h(
      "div",
      { class: "pf-v6-c-page__sidebar-body" },
      h("nav", { class: "pf-v6-c-nav", "aria-label": "Views" }, navigation),
    ),
  );
  show(main, lost, section);
  show(
    app,
    h(
      "a",
      {
        class: "cgw-skip",
        href: "#main",
        onclick: (event) => {
          event.preventDefault();
          main.focus();
        },
      },
      "Skip to the content",
    ),
    h("div", { class: "cgw-page" }, masthead(name), sidebar, h("div", { class: "cgw-main" }, main)),
    results,
  );
}

/** @param {string} [problem] of the sign-in by link */
async function start(problem) {
  try {
    const { name, by } = await bodyOf(gateway.getSession());
    showPage(by === "link" ? "signed in by link" : name);
    live.start();
    showConnection();
    await showView();
  } catch (error) {
    if (isSignedOut(error)) return signedOut(problem);
    showError(app, error);
    setTimeout(() => void start(problem), 2_000);
  }
}

whenSignedOut(() => signedOut("The session has ended: sign in again."));
live.addEventListener("connection", showConnection);
live.addEventListener("signedout", () => signedOut("The session has ended: sign in again."));
addEventListener("hashchange", () => void showView());
for (const event of ["pointerdown", "keydown"]) addEventListener(event, renew);
await start(await useLink());
