import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { isDigest, isRepositoryName, parseReference, parseRepositoryName } from "../../src/model/names.ts";
import { anyText } from "../support/any-text.ts";

describe("repository names", () => {
  test.each(["a", "org/app", "a.b_c__d-e--f/g", "Org/App", "1/2/3", "a".repeat(255)])(
    "accepts %s",
    (name) => {
      expect(parseRepositoryName(name)).toBe(name);
    },
  );
  test.each([
    "",
    "/",
    "a/",
    "/a",
    "a//b",
    "..",
    "a/../b",
    ".a",
    "a.",
    "a..b",
    "a___b",
    "-a",
    "a b",
    "ä",
    "a\n",
    "a\0",
    "a".repeat(256),
  ])("rejects %j", (name) => {
    expect(isRepositoryName(name)).toBe(false);
    expect(() => parseRepositoryName(name)).toThrow("invalid repository name");
  });
  test("rejects long names without excessive backtracking", () => {
    const started = performance.now();
    for (const text of ["a-".repeat(127), "a_".repeat(127), "-".repeat(255), `${"a/".repeat(127)}!`])
      isRepositoryName(text);
    // Backtracking over every possible split would take years.
    expect(performance.now() - started).toBeLessThan(5_000);
  });
  test("accepts only names that need no escaping in a URL", () => {
    fc.assert(
      fc.property(anyText(20), (text) => {
        if (isRepositoryName(text))
          expect(new URL(`https://x/v2/${text}/tags/list`).pathname).toBe(`/v2/${text}/tags/list`);
      }),
    );
  });
});

describe("references", () => {
  test.each(["latest", "1.0", "_x", "A-b.c_d", "a".repeat(128), `sha256:${"0".repeat(64)}`])(
    "accepts %s",
    (text) => {
      expect(parseReference(text)).toBe(text);
    },
  );
  test("tells a digest from a tag", () => {
    expect(isDigest(`sha256:${"a".repeat(64)}`)).toBe(true);
    expect(isDigest(`sha256-${"a".repeat(64)}`)).toBe(false);
  });
});
