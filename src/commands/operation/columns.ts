/** Tables of text for terminals. */

/** A cell; absent values are shown as a dash. */
type Cell = string | number | boolean | undefined;

const textOf = (cell: Cell): string => {
  if (cell === undefined) return "-";
  if (typeof cell === "boolean") return cell ? "yes" : "no";
  return String(cell);
};

/** Lays rows out below their titles, numbers to the right. */
export function columns(titles: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [titles, ...rows.map((row) => row.map(textOf))];
  const widths = titles.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  const isNumber = titles.map((_, index) => rows.every((row) => typeof row[index] === "number"));
  return lines
    .map((line) =>
      line
        .map((text, index) =>
          isNumber[index] ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** A name and a value. */
export const pair = (name: string, value: Cell): readonly [string, Cell] => [name, value];

/** Lays out pairs of a name and a value. */
export function pairs(rows: readonly (readonly [string, Cell])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${textOf(value)}`).join("\n");
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

/** Duration in its largest unit: `3 hours`. */
export function duration(seconds: number): string {
  const [unit, size] = UNITS.find(([, one]) => seconds >= one) ?? ["second", 1];
  const count = Math.floor(seconds / size);
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** Time since then: `3 hours ago`. */
export const age = (time: string | undefined): string | undefined =>
  time === undefined ? undefined : `${duration(Math.max(0, (Date.now() - Date.parse(time)) / 1000))} ago`;
