/** View of the audit log: selected at the gateway, and live. */
import { showError } from "./actions.js";
import { bodyOf, gateway } from "./api.js";
import { h, show } from "./dom.js";
import { live } from "./live.js";
import { at, heading, label, table } from "./parts.js";

/** @typedef {import("./api.js").Schemas} Schemas */
/** @typedef {Schemas["AuditedDecision"]} Decision */

const ROWS = 200;
const SETTLE_MS = 250;

const DECISIONS = /** @type {const} */ (["allowed", "refused", "failed"]);
const COLOURS = /** @type {const} */ ({ allowed: "green", refused: "orange", failed: "red" });

/** @param {Decision} decision */
const subjectOf = ({ repository, reference, operation, subject, event }) =>
  event === "administration"
    ? [operation, subject].filter(Boolean).join(" ") || "–"
    : [repository, reference].filter(Boolean).join(":") || (operation ?? "–");

/** @param {Decision} decision */
const cells = (decision) => [
  at(decision.time),
  label(decision.decision, COLOURS[decision.decision]),
  decision.event,
  [decision.caller, decision.name].filter(Boolean).join(" "),
  decision.address ?? "–",
  subjectOf(decision),
  decision.why ?? "",
];

/** @param {Element} main @param {AbortSignal} signal @param {URLSearchParams} query */
export function auditView(main, signal, query) {
  /** @param {string} id @param {string} text */
  const input = (id, text) =>
    h("input", {
      id,
      type: "search",
      placeholder: text,
      "aria-label": text,
      value: query.get(id) ?? "",
      autocomplete: "off",
    });
  const user = input("user", "Login, uuid or name");
  const repository = input("repository", "Repository");
  const decision = h(
    "select",
    { id: "decision", "aria-label": "Decision" },
    h("option", { value: "" }, "all decisions"),
    DECISIONS.map((one) => h("option", { value: one, selected: one === query.get("decision") }, one)),
  );
  const follow = h("input", { id: "follow", type: "checkbox", checked: true });
  const source = h("p", { class: "cgw-subtle" });
  const box = h("div", { class: "pf-v6-c-card" });
  /** @type {Decision[]} */
  let decisions = [];
  const draw = () =>
    show(
      box,
      table(
        "Decisions",
        ["Time", "Decision", "Event", "Caller", "Address", "Subject", "Reason"],
        decisions.map(cells),
        "No decision matches.",
      ),
    );
  const filter = () => ({
    user: user.value.trim(),
    repository: repository.value.trim(),
    decision: decision.value,
  });
  const load = async () => {
    try {
      const wanted = filter();
      const chosen = DECISIONS.find((one) => one === wanted.decision);
      const asked = {
        n: ROWS,
        ...(wanted.user !== "" && { user: wanted.user }),
        ...(wanted.repository !== "" && { repository: wanted.repository }),
        ...(chosen && { decision: chosen }),
      };
      const page = await bodyOf(gateway.getAudit({ params: { query: asked } }));
      if (signal.aborted) return;
      decisions = page.decisions;
      show(
        source,
        page.source === "memory"
          ? "From memory: set audit_log to a file to keep more."
          : `From ${page.source}.`,
      );
      draw();
    } catch (error) {
      showError(box, error);
    }
  };
  /** @param {Decision} one */
  const isWanted = (one) => {
    const wanted = filter();
    return (
      (one.name ?? "").toLowerCase().includes(wanted.user.toLowerCase()) &&
      (one.repository ?? "").includes(wanted.repository) &&
      (wanted.decision === "" || one.decision === wanted.decision)
    );
  };
  live.addEventListener(
    "audit",
    (event) => {
      if (!follow.checked || !(event instanceof CustomEvent)) return;
      /** @type {Decision[]} */
      const fresh = event.detail.filter(isWanted).reverse();
      const known = new Set(decisions.map(({ time, request_id }) => `${time} ${request_id}`));
      const added = fresh.filter(({ time, request_id }) => !known.has(`${time} ${request_id}`));
      if (added.length === 0) return;
      decisions = [...added, ...decisions].slice(0, ROWS);
      draw();
    },
    { signal },
  );
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  for (const one of [user, repository, decision])
    one.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => void load(), SETTLE_MS);
    });
  show(
    main,
    heading("Audit", source),
    h(
      "div",
      { class: "cgw-toolbar" },
      h("span", { class: "pf-v6-c-form-control cgw-search" }, user),
      h("span", { class: "pf-v6-c-form-control cgw-search" }, repository),
      h("span", { class: "pf-v6-c-form-control cgw-select" }, decision),
      h("label", { class: "cgw-check", for: "follow" }, follow, " live"),
    ),
    box,
  );
  void load();
}
