/** Judges the places that problems name in openapi.yaml, without the code that finds them. */
import { readFileSync } from "node:fs";
import { expect } from "@jest/globals";
import { parse } from "yaml";
import type { Problem } from "../../src/contract/place.ts";

const text = readFileSync(new URL("../../openapi.yaml", import.meta.url), "utf8");
const lines = text.split("\n");
const document: unknown = parse(text);

const member = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? new Map(Object.entries(value)).get(key) : undefined;

/** Expects that each problem names a place that the file has, and the line with its last key. */
export function expectPlaces(problems: readonly Problem[]): void {
  for (const { text: problem, place } of problems) {
    const keys = (place?.pointer ?? "#/none")
      .split("/")
      .slice(1)
      .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
    const value = keys.reduce(member, document);
    expect([problem, place?.pointer, value]).toEqual([problem, expect.any(String), expect.anything()]);
    const key = keys.at(-1) ?? "";
    if (!/^\d$/.test(key))
      expect([problem, lines[(place?.line ?? 0) - 1]]).toEqual([problem, expect.stringContaining(key)]);
  }
}
