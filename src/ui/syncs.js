/** View of Katello's last syncs. */
import { showError } from "./actions.js";
import { bodyOf, gateway } from "./api.js";
import { h, show } from "./dom.js";
import { mebibytes, number, words } from "./format.js";
import { live } from "./live.js";
import { heading, outcomeLabel, since, table } from "./parts.js";

/** @typedef {import("./api.js").Schemas} Schemas */

const KINDS = /** @type {const} */ ([
  "repositories",
  "users",
  "user_grants",
  "hosts",
  "host_grants",
  "one_host_grants",
]);
const ROWS = 100;

/** @param {Schemas["SyncRecord"]} sync */
const cells = (sync) => [
  since(sync.at),
  words(sync.kind),
  outcomeLabel(sync.outcome),
  `${sync.seconds.toFixed(2)} s`,
  sync.bytes < 1024 * 1024 ? `${number(Math.ceil(sync.bytes / 1024))} KiB` : mebibytes(sync.bytes),
  number(sync.entries),
  `+${number(sync.inserted)} −${number(sync.deleted)}`,
  number(sync.unknown),
  number(sync.invalid),
];

/** @param {Element} main @param {AbortSignal} signal @param {URLSearchParams} query */
export function syncsView(main, signal, query) {
  const kind = h(
    "select",
    { id: "kind", "aria-label": "Kind" },
    h("option", { value: "" }, "all kinds"),
    KINDS.map((one) => h("option", { value: one, selected: one === query.get("kind") }, words(one))),
  );
  const box = h("div", { class: "pf-v6-c-card" });
  let shown = "";
  const load = async () => {
    try {
      const chosen = KINDS.find((one) => one === kind.value);
      const asked = { n: ROWS, ...(chosen && { kind: chosen }) };
      const { syncs } = await bodyOf(gateway.getSyncList({ params: { query: asked } }));
      if (signal.aborted) return;
      show(
        box,
        table(
          "Syncs",
          ["When", "Kind", "Result", "Duration", "Size", "Entries", "Changes", "Unknown", "Invalid"],
          syncs.map(cells),
          "Katello has sent nothing yet: sync the Smart Proxy in Foreman.",
        ),
      );
    } catch (error) {
      showError(box, error);
    }
  };
  kind.addEventListener("change", () => void load());
  live.addEventListener(
    "status",
    () => {
      const last = JSON.stringify(live.status?.syncs);
      if (last !== shown) void load();
      shown = last;
    },
    { signal },
  );
  show(
    main,
    heading("Syncs", "What Katello has sent, the newest first. A new sync shows by itself."),
    h("div", { class: "cgw-toolbar" }, h("span", { class: "pf-v6-c-form-control cgw-select" }, kind)),
    box,
  );
  void load();
}
