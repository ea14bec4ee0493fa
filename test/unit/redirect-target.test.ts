import { describe, expect, test } from "@jest/globals";
import { insideLocation, outsideLocation, problemOf } from "../../src/upstreams/pulp/redirect-target.ts";

const rules = {
  own: ["https://pulp.internal", "https://content.internal:8443"],
  outside: "https://proxy.example.org:9443",
};

describe("a redirect's target", () => {
  const rest = "/pulp/container/a/blobs/sha256:0?expires=1&validate_token=ab:cd&x=%2F+%20&y=a;b";
  test.each([
    [`https://pulp.internal${rest}`, `https://proxy.example.org:9443${rest}`],
    [`https://PULP.internal:443${rest}`, `https://proxy.example.org:9443${rest}`],
    [`https://content.internal:8443${rest}`, `https://proxy.example.org:9443${rest}`],
    [rest, `https://proxy.example.org:9443${rest}`],
    [`https://content.elsewhere.org${rest}`, `https://content.elsewhere.org${rest}`],
    [
      "https://Bucket.s3.example.org:443/a%2Fb?X-Amz-Signature=%41",
      "https://Bucket.s3.example.org:443/a%2Fb?X-Amz-Signature=%41",
    ],
    ["https://g.example.org/a?x=1&X-Goog-Signature=a", "https://g.example.org/a?x=1&X-Goog-Signature=a"],
    ["https://a.example.org/a?se=1&sig=a#b", "https://a.example.org/a?se=1&sig=a#b"],
  ])("%s becomes %s for clients", (told, seen) => {
    expect(outsideLocation(told, rules)).toBe(seen);
  });

  test.each([
    "",
    "ftp://x/",
    `http://pulp.internal${rest}`,
    "http://bucket.example.org/x?Signature=a",
    "https://bucket.example.org/x",
    "https://bucket.example.org/Signature=a",
    "https://bucket.example.org/x?Signature=",
    "https://bucket.example.org/x?NoSignature=a#?Signature=a",
    "//evil.org/x",
    "https://",
    "https://u:p@pulp.internal/x",
    "https://pulp.internal/\r\nX: y",
    "https://pulp.internal/ x",
    "javascript:alert(1)",
    "relative/path",
  ])("%j is rejected", (told) => {
    expect(outsideLocation(told, rules)).toBeUndefined();
    expect(insideLocation(told, rules)).toBeUndefined();
  });

  test.each([
    ["", "redirects without a Location"],
    ["relative/path?sig=s3cret", "redirects to an invalid URL"],
    ["https://u:s3cret@pulp.internal/x", "redirects to an invalid URL"],
  ])("%j is rejected with a reason: %s", (told, problem) => {
    expect(problemOf(told)).toBe(problem);
  });

  test("outside Pulp's origins is logged by its origin only", () => {
    const problem = problemOf("https://Content.example.org/x?validate=s3cret");
    expect(problem).toMatch(/^redirects to https:\/\/content\.example\.org: .*pulp_content_origins/);
    expect(problem).not.toMatch("s3cret");
  });

  test("may be plain HTTP when clients reach Pulp itself over plain HTTP", () => {
    const plain = { ...rules, outside: "http://proxy.example.org" };
    expect(outsideLocation("http://bucket.example.org/x?sig=a", plain)).toBe(
      "http://bucket.example.org/x?sig=a",
    );
  });

  test.each([
    [`https://PULP.internal:443${rest}`, undefined, rest],
    [`https://content.internal:8443${rest}`, undefined, rest],
    [rest, undefined, rest],
    ["https://Bucket.example.org/a%2Fb?Signature=%41", "https://bucket.example.org", "/a%2Fb?Signature=%41"],
    ["https://bucket.example.org?Signature=%41", "https://bucket.example.org", "/?Signature=%41"],
    ["https://bucket.example.org/a?sig=a#b", "https://bucket.example.org", "/a?sig=a"],
  ])("%s is at origin %s and path %s", (told, origin, path) => {
    expect(insideLocation(told, rules)).toEqual({ origin, path });
  });
});
