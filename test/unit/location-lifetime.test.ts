import { describe, expect, test } from "@jest/globals";
import { lifetimeOf } from "../../src/upstreams/pulp/location-lifetime.ts";

const date = "Tue, 24 Nov 2026 08:00:00 GMT";
const now = Date.parse(date) / 1000;

describe("a location leads to its content", () => {
  test.each([
    ["as Pulp signs it", `https://p/x?expires=${now + 3600}&validate_token=a:b`, 3600],
    ["as S3 signs it", "https://s3/x?X-Amz-Algorithm=A&X-Amz-Date=20261124T075000Z&X-Amz-Expires=900", 300],
    ["as S3 signed it once", `https://s3/x?AWSAccessKeyId=k&Expires=${now + 60}&Signature=s`, 60],
    [
      "as Google signs it",
      "https://g/x?X-Goog-Date=20261124T075000Z&X-Goog-Expires=900&X-Goog-Signature=s",
      300,
    ],
    ["as Azure signs it", "https://b/x?sv=1&se=2026-11-24T08%3A10%3A00Z&sig=s", 600],
    ["for the shortest of several times", `https://p/x?expires=${now + 10}&Expires=${now + 5}`, 5],
    ["no longer, once it has ended", `https://p/x?expires=${now - 10}`, 0],
    ["for ever without a query", "https://cdn/x", Number.POSITIVE_INFINITY],
    ["for a time that nobody knows", "https://p/x?signature=abc", 0],
    ["for a time that is no time", "https://p/x?expires=soon", 0],
  ])("%s", (_, location, seconds) => {
    expect(lifetimeOf(location, date)).toBe(seconds);
  });

  test("by our own clock where none is told", () => {
    const end = Math.floor(Date.now() / 1000) + 100;
    expect(Math.abs(lifetimeOf(`https://p/x?expires=${end}`, undefined) - 100)).toBeLessThan(5);
  });
});
