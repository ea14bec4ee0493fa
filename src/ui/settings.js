/** View of the settings in effect. */
import { showError } from "./actions.js";
import { bodyOf, gateway } from "./api.js";
import { h, show } from "./dom.js";
import { counted } from "./format.js";
import { card, codeOf, heading, label, table } from "./parts.js";

/** @typedef {import("./api.js").Schemas} Schemas */
/** @typedef {Schemas["EffectiveSetting"]} Setting */

/** @param {Setting} setting */
const cells = ({ name, value, origin, description }) => [
  h(
    "details",
    {},
    h("summary", {}, h("code", {}, name)),
    h("p", { class: "cgw-subtle" }, codeOf(description)),
  ),
  h("code", { class: "cgw-value" }, value === "" ? "–" : value),
  origin === "default" ? label("default") : h("span", {}, label("set", "blue"), ` ${origin}`),
];

/** @param {Element} main @param {AbortSignal} signal */
export async function settingsView(main, signal) {
  const search = h("input", {
    id: "search",
    type: "search",
    placeholder: "Search in names, values and texts",
    "aria-label": "Search settings",
    autocomplete: "off",
  });
  const own = h("input", { id: "own", type: "checkbox" });
  const box = h("div", { class: "cgw-groups" });
  const count = h("p", { class: "cgw-subtle", role: "status" });
  show(
    main,
    heading("Settings", "The values in effect, and where each comes from. Passwords are hidden."),
    h(
      "div",
      { class: "cgw-toolbar" },
      h("span", { class: "pf-v6-c-form-control cgw-search" }, search),
      h("label", { class: "cgw-check", for: "own" }, own, " only those that are set"),
      count,
    ),
    box,
  );
  /** @type {Setting[]} */
  let settings = [];
  const draw = () => {
    const text = search.value.trim().toLowerCase();
    const shown = settings.filter(
      (one) =>
        (!own.checked || one.origin !== "default") &&
        [one.name, one.value, one.description].some((part) => part.toLowerCase().includes(text)),
    );
    const groups = [...new Set(shown.map(({ group }) => group))];
    show(count, counted(shown.length, "setting"));
    show(
      box,
      groups.map((group) =>
        card(
          group,
          table(
            group,
            ["Name", "Value", "Origin"],
            shown.filter((one) => one.group === group).map(cells),
            "",
          ),
        ),
      ),
    );
  };
  search.addEventListener("input", draw);
  own.addEventListener("change", draw);
  try {
    settings = (await bodyOf(gateway.getSettings())).settings;
    if (!signal.aborted) draw();
  } catch (error) {
    showError(box, error);
  }
}
