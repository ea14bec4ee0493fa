/** Version of the gateway. */
import { readFileSync } from "node:fs";

const { version }: { version: string } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
);

/** Version in package.json. */
export const VERSION = version;

const numbersOf = (text: string): number[] => (text.split("-")[0] ?? "").split(".").map(Number);

/** True if this version is not older than another one. Pre-releases count as their release. */
export function isAtLeast(oldest: string, own: string = VERSION): boolean {
  const [wanted, given] = [numbersOf(oldest), numbersOf(own)];
  for (const [index, number] of wanted.entries())
    if (given[index] !== number) return (given[index] ?? 0) > number;
  return true;
}
