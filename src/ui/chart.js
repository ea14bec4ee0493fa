/** Small charts of the last hour, as SVG. */
import { h, svg } from "./dom.js";

const WIDTH = 320;
const HEIGHT = 130;
const LEFT = 34;
const BOTTOM = 20;
const TOP = 8;
const HOUR_MS = 60 * 60 * 1000;

/**
 * @typedef {object} Series
 * @property {string} name
 * @property {string} kind class of its colour
 * @property {readonly { readonly at: number, readonly value: number | undefined }[]} points
 */

/** A round number that is at least as large. @param {number} value */
function ceiling(value) {
  if (value <= 0) return 1;
  const size = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 2.5, 5, 10].find((factor) => factor * size >= value) ?? 10) * size;
}

/** @param {number} value */
const axisText = (value) => (value >= 1000 ? `${value / 1000}k` : String(Number(value.toPrecision(3))));

/**
 * Lines through the points of each series; a missing value interrupts its line.
 * @param {string} title for screen readers, with the current values
 * @param {string} unit
 * @param {readonly Series[]} series
 */
export function chart(title, unit, series) {
  const now = Date.now();
  const values = series.flatMap(({ points }) => points.flatMap(({ value }) => value ?? []));
  const max = ceiling(Math.max(0, ...values));
  /** @param {number} at */
  const x = (at) => LEFT + ((at - now + HOUR_MS) / HOUR_MS) * (WIDTH - LEFT);
  /** @param {number} value */
  const y = (value) => HEIGHT - BOTTOM - (value / max) * (HEIGHT - BOTTOM - TOP);
  const lines = [0, 0.5, 1].flatMap((part) => [
    svg("line", { class: "cgw-grid", x1: LEFT, x2: WIDTH, y1: y(part * max), y2: y(part * max) }),
    svg("text", { class: "cgw-axis cgw-axis-end", x: LEFT - 6, y: y(part * max) + 4 }, axisText(part * max)),
  ]);
  const times = [60, 30, 0].map((minutes) =>
    svg(
      "text",
      {
        class: `cgw-axis ${minutes === 0 ? "cgw-axis-end" : minutes === 30 ? "cgw-axis-middle" : ""}`,
        x: x(now - minutes * 60_000),
        y: HEIGHT - 4,
      },
      minutes === 0 ? "now" : `−${minutes} min`,
    ),
  );
  return h(
    "figure",
    { class: "cgw-chart" },
    svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title },
      lines,
      times,
      series.flatMap(({ points, kind }) => paths(points, kind, x, y)),
    ),
    h(
      "figcaption",
      { class: "cgw-legend" },
      series.map(({ name, kind, points }) => {
        const last = points.findLast(({ value }) => value !== undefined)?.value;
        const text = last === undefined ? "–" : `${Number(last.toPrecision(3))} ${unit}`;
        return h("span", { class: `cgw-key ${kind}` }, `${name} `, h("strong", {}, text));
      }),
    ),
  );
}

/**
 * @param {Series["points"]} points
 * @param {string} kind
 * @param {(at: number) => number} x
 * @param {(value: number) => number} y
 */
function paths(points, kind, x, y) {
  /** @type {string[]} */
  const parts = [];
  let isOpen = false;
  for (const { at, value } of points) {
    if (value !== undefined) parts.push(`${isOpen ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`);
    isOpen = value !== undefined;
  }
  return svg("path", { class: `cgw-line ${kind}`, d: parts.join("") || "M0 0" });
}
