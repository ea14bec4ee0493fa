/** Texts of times, durations and numbers. */

const UNITS = /** @type {const} */ ([
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
]);

/** @param {number} seconds */
export function duration(seconds) {
  const [unit, size] = UNITS.find(([, one]) => seconds >= one) ?? ["second", 1];
  const count = Math.floor(seconds / size);
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** @param {string} time */
export const age = (time) => `${duration(Math.max(0, (Date.now() - Date.parse(time)) / 1000))} ago`;

/** Date and time of the browser's time zone, as in a log. @param {string} time */
export const clock = (time) => new Date(time).toLocaleString("sv-SE");

/** @param {number} count */
export const number = (count) => count.toLocaleString("en");

/** @param {number} count @param {string} noun */
export const counted = (count, noun) => `${number(count)} ${noun}${count === 1 ? "" : "s"}`;

/** @param {number} bytes */
export const mebibytes = (bytes) => `${number(Math.round(bytes / 1024 / 1024))} MiB`;

/** Words of names such as `user_grants`. @param {string} name */
export const words = (name) => name.replaceAll("_", " ");
