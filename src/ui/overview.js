/** View of the state: what is wrong, the last hour, every part, and the actions on the whole gateway. */
import { confirm } from "./actions.js";
import { bodyOf, gateway } from "./api.js";
import { chart } from "./chart.js";
import { h, show } from "./dom.js";
import { age, clock, counted, duration, mebibytes, number, words } from "./format.js";
import { live } from "./live.js";
import {
  alert,
  button,
  card,
  codeOf,
  field,
  heading,
  label,
  link,
  list,
  outcomeLabel,
  since,
  table,
} from "./parts.js";

/** @typedef {import("./api.js").Schemas} Schemas */
/** @typedef {Schemas["Status"]} Status */

const INTERVAL_MS = 15_000;

/** Samples of the last hour; intervals without one had no requests. */
function hour() {
  const now = Math.floor(Date.now() / INTERVAL_MS) * INTERVAL_MS;
  const known = [...live.samples.values()];
  const first = Math.min(now, ...known.map(({ at }) => Date.parse(at)));
  const count = Math.min(240, (now - first) / INTERVAL_MS + 1);
  return Array.from({ length: count }, (_, index) => {
    const at = now - (count - 1 - index) * INTERVAL_MS;
    return { at, sample: live.samples.get(new Date(at).toISOString()) };
  });
}

function charts() {
  const samples = hour();
  /** @param {"requests" | "errors" | "limited"} name */
  const rate = (name) =>
    samples.map(({ at, sample }) => ({ at, value: (sample?.[name] ?? 0) / (INTERVAL_MS / 1000) }));
  /** @param {"median_ms" | "p95_ms"} name */
  const time = (name) => samples.map(({ at, sample }) => ({ at, value: sample?.[name] }));
  const sum = /** @param {"requests" | "errors" | "limited" | "refused_logins"} name */ (name) =>
    samples.reduce((total, { sample }) => total + (sample?.[name] ?? 0), 0);
  return [
    card(
      "Requests per second, last hour",
      chart(`Requests per second: ${counted(sum("requests"), "request")} in the last hour`, "/s", [
        { name: "requests", kind: "cgw-blue", points: rate("requests") },
        { name: "errors", kind: "cgw-red", points: rate("errors") },
        { name: "refused by a limit", kind: "cgw-orange", points: rate("limited") },
      ]),
    ),
    card(
      "Latency, last hour",
      chart("Latency in milliseconds: median and 95th percentile", "ms", [
        { name: "median", kind: "cgw-green", points: time("median_ms") },
        { name: "95 %", kind: "cgw-purple", points: time("p95_ms") },
      ]),
    ),
    card(
      "Refusals, last hour",
      list([
        ["Server errors", number(sum("errors"))],
        ["Refused by a limit", number(sum("limited"))],
        ["Refused logins", number(sum("refused_logins"))],
        ["Decisions", link("see the audit log", "#/audit?decision=refused")],
      ]),
    ),
  ];
}

/** @param {boolean} isWell @param {string} good @param {string} bad */
const state = (isWell, good, bad) => label(isWell ? good : bad, isWell ? "green" : "red");

/** @param {Status} status */
const tiles = ({ counts }) =>
  counts === undefined
    ? []
    : [
        [
          "Repositories",
          counts.repositories,
          `${number(counts.open_repositories)} open to everybody`,
          "#/repositories",
        ],
        ["Users", counts.users, counted(counts.tokens, "valid token"), "#/users"],
        ["Hosts", counts.hosts, `${number(counts.host_grants)} grants`, "#/hosts"],
        ["Lockouts", counts.lockouts, "after failed logins", "#/users"],
      ].map(([name, count, text, href]) =>
        h(
          "a",
          { class: "pf-v6-c-card cgw-tile", href: String(href) },
          h("span", { class: "cgw-subtle" }, name),
          h("strong", { class: "cgw-count" }, number(Number(count))),
          h("span", { class: "cgw-subtle" }, text),
        ),
      );

/** @param {Status} status */
const parts = ({ database, change_feed, upstreams, version, started_at, workers, status }) =>
  card(
    "State of every part",
    list(
      [
        [
          "Gateway",
          [
            state(status === "ok", "well", "needs attention"),
            ` version ${version}, up ${age(started_at).replace(" ago", "")}`,
          ],
        ],
        ["PostgreSQL", [state(database === "up", "up", "down")]],
        ["Change feed", [state(change_feed === "connected", "connected", change_feed)]],
        ...upstreams.map(
          ({ name, state: is, breaker }) =>
            /** @type {const} */ ([
              name,
              [state(is === "up", "up", "down"), breaker === "open" ? " circuit breaker open" : ""],
            ]),
        ),
        ["Requests in flight", number(workers.reduce((sum, one) => sum + one.requests_in_flight, 0))],
      ].map(([name, value]) => /** @type {const} */ ([String(name), h("span", {}, value)])),
    ),
  );

/** @param {Status} status */
const syncs = ({ syncs: last }) =>
  card(
    "Last sync of each kind",
    table(
      "Last sync of each kind",
      ["Kind", "When", "Result", "Entries", "Changes"],
      last.map((sync) => [
        link(words(sync.kind), `#/syncs?kind=${sync.kind}`),
        since(sync.at),
        outcomeLabel(sync.outcome),
        number(sync.entries),
        `+${number(sync.inserted)} −${number(sync.deleted)}`,
      ]),
      "Katello has sent nothing yet: sync the Smart Proxy in Foreman.",
    ),
  );

/** @param {Status} status */
const certificates = ({ certificates: all }) =>
  card(
    "Certificates",
    table(
      "Certificates",
      ["Setting", "Ends in", "Subject"],
      all.map(({ setting, subject, days_left, expires_at }) => [
        setting,
        h(
          "span",
          { title: clock(expires_at) },
          label(`${days_left} days`, days_left < 7 ? "red" : days_left < 30 ? "orange" : "green"),
        ),
        subject,
      ]),
      "The settings name no certificates.",
    ),
  );

/** @param {Status} status */
const workers = ({ workers: all }) =>
  card(
    "Workers",
    table(
      "Workers",
      ["Process", "Up", "In flight", "Memory", "Log level"],
      all.map((one) => [
        String(one.pid),
        duration(one.uptime_seconds),
        number(one.requests_in_flight),
        mebibytes(one.memory_bytes),
        one.log_level,
      ]),
      "No worker has answered.",
    ),
  );

const LEVELS = /** @type {const} */ (["trace", "debug", "info", "warn", "error", "fatal"]);
/** Texts and seconds; no number for all the time. */
const TIMES = /** @type {const} */ ([
  ["10 minutes", 600],
  ["1 hour", 3600],
  ["until the restart", ""],
]);

function changeLogLevel() {
  const level = h(
    "select",
    { id: "log-level" },
    LEVELS.map((one) => h("option", { value: one, selected: one === "debug" }, one)),
  );
  const time = h(
    "select",
    { id: "log-time" },
    TIMES.map(([text, value]) => h("option", { value }, text)),
  );
  confirm({
    title: "Change the log level?",
    text: "It changes for all workers of this gateway.",
    verb: "Change",
    act: () => {
      const seconds = time.value === "" ? {} : { seconds: Number(time.value) };
      const query = { level: LEVELS.find((one) => one === level.value) ?? "info", ...seconds };
      return bodyOf(gateway.putLogLevel({ params: { query } }));
    },
    form: h("div", { class: "pf-v6-c-form" }, field("Level", level), field("For", time)),
  });
}

const reload = () =>
  confirm({
    title: "Reload the settings?",
    text: "New workers start with the settings of the file, and the old ones finish their requests. If the settings can't be used or a new worker can't start, nothing changes.",
    verb: "Reload",
    act: () => bodyOf(gateway.postReload()),
  });

const clearCaches = () =>
  confirm({
    title: "Clear the caches?",
    text: "The caches of all workers of this gateway become empty. The next requests ask PostgreSQL and Pulp again.",
    verb: "Clear",
    act: () => bodyOf(gateway.deleteCache()),
  });

/** @param {Status} status */
const problems = ({ problems: all }) =>
  all.length === 0
    ? alert("success", "Nothing is wrong.")
    : all.map(({ text, advice }) => alert("warning", text, h("span", {}, codeOf(advice))));

/** @param {Element} main @param {AbortSignal} signal ends the view */
export function overview(main, signal) {
  const [problemBox, tileBox, chartBox, partBox] = [
    "cgw-problems",
    "cgw-tiles",
    "cgw-charts",
    "cgw-cards",
  ].map((name) => h("div", { class: name }));
  if (!problemBox || !tileBox || !chartBox || !partBox) return;
  const showStatus = () => {
    const { status } = live;
    if (status === undefined) return;
    show(problemBox, problems(status));
    show(tileBox, tiles(status));
    show(partBox, parts(status), syncs(status), certificates(status), workers(status));
  };
  const showCharts = () => show(chartBox, charts());
  show(
    main,
    heading(
      "Overview",
      undefined,
      button("Reload", reload),
      button("Log level", changeLogLevel),
      button("Clear caches", clearCaches),
    ),
    problemBox,
    tileBox,
    chartBox,
    partBox,
  );
  live.addEventListener("status", showStatus, { signal });
  live.addEventListener("history", showCharts, { signal });
  showStatus();
  showCharts();
}
