import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { bodyOf, pageOf } from "../../src/handlers/name-lists.ts";
import { byBytes } from "../../src/model/names.ts";
import { anyText } from "../support/any-text.ts";

const HEAD = '{"names":[';
const textOf = ({ parts }: { readonly parts: readonly Uint8Array[] }) => Buffer.concat([...parts]).toString();

describe("a page of a list", () => {
  test("holds at most n names after last, and returns its own last name if more follow", () => {
    const names = fc.uniqueArray(anyText(3)).map((all) => all.sort(byBytes));
    const count = fc.option(fc.nat(8), { nil: undefined });
    const last = fc.option(fc.string({ maxLength: 3 }), { nil: undefined });
    fc.assert(
      fc.property(names, count, last, (all, n, after) => {
        const following = all.filter((name) => after === undefined || byBytes(name, after) > 0);
        const expected = following.slice(0, n);
        const page = pageOf(all, { n, last: after });
        expect(JSON.parse(textOf(bodyOf(HEAD, all, page)))).toEqual({
          names: JSON.parse(JSON.stringify(expected)),
        });
        expect(page.next).toBe(
          expected.length > 0 && following.length > expected.length ? expected.at(-1) : undefined,
        );
      }),
    );
  });

  test("shares the text of the list with all other pages", () => {
    const names = Array.from({ length: 5_000 }, (_, index) => `name-${String(index).padStart(6, "0")}`);
    const pages = [{}, { n: 4_000 }, { last: "name-001000" }, { last: "name-000001", n: 3_000 }];
    const large = pages.map((query) =>
      bodyOf(HEAD, names, pageOf(names, query)).parts.filter(({ length }) => length > 1_000),
    );
    expect(large.map((parts) => parts.length)).toEqual([1, 1, 1, 1]);
    expect(new Set(large.flat().map(({ buffer }) => buffer)).size).toBe(1);
  });
});
