/** Parts that the views are made of, in PatternFly's markup. */
import { h } from "./dom.js";
import { age, clock } from "./format.js";

/** @typedef {import("./dom.js").Child} Child */

/** @param {string} text with words in backticks */
export const codeOf = (text) =>
  text.split("`").map((part, index) => (index % 2 === 0 ? part : h("code", {}, part)));

/** @typedef {"green" | "red" | "orange" | "blue" | "grey" | "yellow"} Colour */

/** @param {string} text @param {Colour} [colour] */
export const label = (text, colour = "grey") =>
  h(
    "span",
    { class: `pf-v6-c-label pf-m-compact${colour === "grey" ? "" : ` pf-m-${colour}`}` },
    h("span", { class: "pf-v6-c-label__content" }, h("span", { class: "pf-v6-c-label__text" }, text)),
  );

/** The outcome of a sync. One that a newer sync has overtaken is in order. @param {string} outcome */
export function outcomeLabel(outcome) {
  if (outcome === "done") return label("done", "green");
  if (outcome.startsWith("outdated")) return h("span", { title: outcome }, label("outdated"));
  return h("span", {}, label("failed", "red"), ` ${outcome}`);
}

/**
 * @param {string} text
 * @param {() => void} onClick
 * @param {"primary" | "secondary" | "danger" | "link" | "plain"} [kind]
 */
export const button = (text, onClick, kind = "secondary") =>
  h(
    "button",
    { type: "button", class: `pf-v6-c-button pf-m-${kind}`, onclick: onClick },
    h("span", { class: "pf-v6-c-button__text" }, text),
  );

/** @param {string} title @param {...(Child | readonly Child[])} children */
export const card = (title, ...children) =>
  h(
    "section",
    { class: "pf-v6-c-card", "aria-label": title },
    h("div", { class: "pf-v6-c-card__title" }, h("h2", { class: "pf-v6-c-card__title-text" }, title)),
    h("div", { class: "pf-v6-c-card__body" }, ...children),
  );

/** Length of an IPv4 address, which is not broken, like words that are not longer. */
const MAX_WORD_CHARS = 15;

/** @param {Child} cell */
const isWord = (cell) => typeof cell === "string" && cell.length <= MAX_WORD_CHARS;

/**
 * A table, whose rows are stacked on a phone.
 * @param {string} name for screen readers
 * @param {readonly string[]} titles
 * @param {readonly (readonly Child[])[]} rows
 * @param {string} empty text without rows
 */
export function table(name, titles, rows, empty) {
  if (rows.length === 0) return h("p", { class: "cgw-empty" }, empty);
  return h(
    "table",
    { class: "pf-v6-c-table pf-m-grid-md pf-m-compact", role: "grid", "aria-label": name },
    h(
      "thead",
      { class: "pf-v6-c-table__thead" },
      h(
        "tr",
        { class: "pf-v6-c-table__tr", role: "row" },
        titles.map((title) =>
          h("th", { class: "pf-v6-c-table__th", role: "columnheader", scope: "col" }, title),
        ),
      ),
    ),
    h(
      "tbody",
      { class: "pf-v6-c-table__tbody", role: "rowgroup" },
      rows.map((row) =>
        h(
          "tr",
          { class: "pf-v6-c-table__tr", role: "row" },
          row.map((cell, index) =>
            h(
              "td",
              {
                class: `pf-v6-c-table__td${isWord(cell) ? " cgw-word" : ""}`,
                role: "gridcell",
                "data-label": titles[index] ?? "",
              },
              cell,
            ),
          ),
        ),
      ),
    ),
  );
}

/** Names and values. @param {readonly (readonly [string, Child])[]} pairs */
export const list = (pairs) =>
  h(
    "dl",
    { class: "pf-v6-c-description-list pf-m-horizontal pf-m-compact cgw-list" },
    pairs.map(([term, value]) =>
      h(
        "div",
        { class: "pf-v6-c-description-list__group" },
        h(
          "dt",
          { class: "pf-v6-c-description-list__term" },
          h("span", { class: "pf-v6-c-description-list__text" }, term),
        ),
        h(
          "dd",
          { class: "pf-v6-c-description-list__description" },
          h("div", { class: "pf-v6-c-description-list__text" }, value),
        ),
      ),
    ),
  );

/**
 * @param {"success" | "danger" | "warning" | "info"} kind
 * @param {string} title
 * @param {...Child} children
 */
export const alert = (kind, title, ...children) =>
  h(
    "div",
    { class: `pf-v6-c-alert pf-m-inline pf-m-${kind}` },
    h("div", { class: `pf-v6-c-alert__icon cgw-mark cgw-mark-${kind}`, "aria-hidden": "true" }),
    h("p", { class: "pf-v6-c-alert__title" }, h("span", { class: "cgw-hidden" }, `${kind}: `), title),
    children.length > 0 && h("div", { class: "pf-v6-c-alert__description" }, ...children),
  );

/**
 * An input with its label.
 * @param {string} text
 * @param {HTMLInputElement | HTMLSelectElement} input with an id
 */
export const field = (text, input) =>
  h(
    "div",
    { class: "pf-v6-c-form__group" },
    h(
      "div",
      { class: "pf-v6-c-form__group-label" },
      h(
        "label",
        { class: "pf-v6-c-form__label", for: input.id },
        h("span", { class: "pf-v6-c-form__label-text" }, text),
      ),
    ),
    h("div", { class: "pf-v6-c-form__group-control" }, h("span", { class: "pf-v6-c-form-control" }, input)),
  );

/** @param {string} title @param {Child} [subtitle] @param {...Child} actions */
export const heading = (title, subtitle, ...actions) =>
  h(
    "div",
    { class: "cgw-heading" },
    h(
      "div",
      {},
      h("h1", { class: "pf-v6-c-title pf-m-2xl", tabindex: "-1" }, title),
      subtitle && h("p", { class: "cgw-subtle" }, subtitle),
    ),
    h("div", { class: "cgw-actions" }, ...actions),
  );

/** @param {string} text @param {string} href */
export const link = (text, href) => h("a", { href }, text);

/** Time since then; the time itself shows on top of it. @param {string | undefined} time */
export const since = (time) =>
  time === undefined ? "–" : h("span", { class: "cgw-when", title: clock(time) }, age(time));

/** Date and time. @param {string} time */
export const at = (time) => h("span", { class: "cgw-when" }, clock(time));
