/** View that explains whether somebody may pull a repository. */
import { showError } from "./actions.js";
import { bodyOf, gateway } from "./api.js";
import { h, show } from "./dom.js";
import { age, clock } from "./format.js";
import { alert, card, field, heading } from "./parts.js";

/** @typedef {import("./api.js").Schemas} Schemas */

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @param {string} who @returns {{ host?: string, user?: string }} */
function callerOf(who) {
  if (who === "" || who === "anonymous") return {};
  return UUID.test(who) ? { host: who } : { user: who };
}

const KINDS = /** @type {const} */ ({ allowed: "success", refused: "danger", unknown: "warning" });

/** @param {Schemas["Explanation"]} explanation */
function answer({ decision, status, reason, caller, repository, facts, advice }) {
  const who = caller.kind === "anonymous" ? "an anonymous caller" : `${caller.kind} ${caller.name}`;
  return [
    alert(
      KINDS[decision],
      `${decision[0]?.toUpperCase()}${decision.slice(1)}: ${who} and ${repository} (a pull gets ${status})`,
      reason,
    ),
    h(
      "div",
      { class: "cgw-cards" },
      card(
        "Facts behind it",
        h(
          "ul",
          { class: "cgw-facts" },
          facts.map(({ text, source, at }) =>
            h(
              "li",
              {},
              h("strong", {}, text),
              h(
                "span",
                { class: "cgw-subtle", title: at === undefined ? undefined : clock(at) },
                ` — ${source}${at === undefined ? "" : `, ${age(at)}`}`,
              ),
            ),
          ),
        ),
      ),
      card(
        "To change that",
        h(
          "ul",
          { class: "cgw-facts" },
          advice.map((text) => h("li", {}, text)),
        ),
      ),
    ),
  ];
}

/** @param {Element} main @param {AbortSignal} _signal @param {URLSearchParams} query */
export function explainView(main, _signal, query) {
  const who = h("input", {
    id: "who",
    placeholder: "login, uuid of a host, or anonymous",
    value: query.get("who") ?? "",
    autocomplete: "off",
  });
  const repository = h("input", {
    id: "repository",
    placeholder: "org/app",
    value: query.get("repository") ?? "",
    required: true,
    autocomplete: "off",
  });
  const box = h("div", { class: "cgw-answer", role: "status" });
  const explain = async () => {
    const asked = { ...callerOf(who.value.trim()), repository: repository.value.trim() };
    const call = gateway.getExplanation({ params: { query: asked } });
    try {
      show(box, answer(await bodyOf(call)));
    } catch (error) {
      showError(box, error);
    }
  };
  const form = h(
    "form",
    {
      class: "pf-v6-c-form cgw-inline-form",
      onsubmit: (event) => {
        event.preventDefault();
        history.replaceState(
          null,
          "",
          `#/explain?${new URLSearchParams({ who: who.value.trim(), repository: repository.value.trim() })}`,
        );
        void explain();
      },
    },
    field("Who", who),
    field("Repository", repository),
    h(
      "button",
      { type: "submit", class: "pf-v6-c-button pf-m-primary" },
      h("span", { class: "pf-v6-c-button__text" }, "Explain"),
    ),
  );
  show(
    main,
    heading(
      "Explain",
      "Why somebody may or may not pull a repository, by the code that decides about pulls.",
    ),
    h("div", { class: "pf-v6-c-card" }, h("div", { class: "pf-v6-c-card__body" }, form)),
    box,
  );
  if (repository.value !== "") void explain();
}
