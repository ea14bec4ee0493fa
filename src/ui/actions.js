/** Actions: each is confirmed in a dialog, and its result announced. */
import { h, show } from "./dom.js";
import { alert, button } from "./parts.js";

/** Time for which a result is shown. */
const SHOWN_MS = 12_000;

/** Place of the results, which screen readers read out. */
export const results = h("div", { class: "cgw-results", role: "status", "aria-live": "polite" });

/** @param {"success" | "danger"} kind @param {string} text */
export function announce(kind, text) {
  const shown = alert(kind, text);
  results.append(shown);
  setTimeout(() => shown.remove(), SHOWN_MS);
}

/**
 * @typedef {object} Action
 * @property {string} title question
 * @property {string} text what happens
 * @property {string} verb text of the button
 * @property {() => Promise<{ text: string }>} act returns what happened
 * @property {Node} [form] inputs
 * @property {boolean} [isDanger]
 */

/**
 * Asks, acts, and says what happened.
 * @param {Action} action
 * @param {() => void} [done] called after a success
 */
export function confirm({ title, text, verb, act, form, isDanger = false }, done) {
  const run = async () => {
    dialog.close();
    try {
      const { text: result } = await act();
      announce("success", result);
      done?.();
    } catch (error) {
      announce("danger", error instanceof Error ? error.message : String(error));
    }
  };
  const dialog = h(
    "dialog",
    { class: "pf-v6-c-modal-box pf-m-sm cgw-dialog", "aria-labelledby": "dialog-title" },
    h(
      "header",
      { class: "pf-v6-c-modal-box__header" },
      h(
        "div",
        { class: "pf-v6-c-modal-box__header-main" },
        h(
          "h2",
          { class: "pf-v6-c-modal-box__title", id: "dialog-title" },
          h("span", { class: "pf-v6-c-modal-box__title-text" }, title),
        ),
      ),
    ),
    h("div", { class: "pf-v6-c-modal-box__body" }, h("p", {}, text), form),
    h(
      "footer",
      { class: "pf-v6-c-modal-box__footer" },
      button(verb, () => void run(), isDanger ? "danger" : "primary"),
      button("Cancel", () => dialog.close(), "link"),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** @param {Element} element @param {unknown} error */
export function showError(element, error) {
  show(element, alert("danger", error instanceof Error ? error.message : String(error)));
}
