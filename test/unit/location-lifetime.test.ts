import { describe, expect, test } from "@jest/globals";
import { lifetimeOf } from "../../src/upstreams/pulp/location-lifetime.ts";

const date = "Tue, 24 Nov 2026 08:00:00 GMT";
const now = Date.parse(date) / 1000;

describe("the lifetime of a location", () => {
  test.each([
    ["follows a signature of Pulp", `https://p/x?expires=${now + 3600}&validate_token=a:b`, 3600],
    [
      "follows a version 4 signature of S3",
      "https://s3/x?X-Amz-Algorithm=A&X-Amz-Date=20261124T075000Z&X-Amz-Expires=900",
      300,
    ],
    [
      "follows a version 2 signature of S3",
      `https://s3/x?AWSAccessKeyId=k&Expires=${now + 60}&Signature=s`,
      60,
    ],
    [
      "follows a signature of Google",
      "https://g/x?X-Goog-Date=20261124T075000Z&X-Goog-Expires=900&X-Goog-Signature=s",
      300,
    ],
    ["follows a signature of Azure", "https://b/x?sv=1&se=2026-11-24T08%3A10%3A00Z&sig=s", 600],
    ["is the shortest of several", `https://p/x?expires=${now + 10}&Expires=${now + 5}`, 5],
    ["is 0 once it has expired", `https://p/x?expires=${now - 10}`, 0],
    ["is infinite without a query", "https://cdn/x", Number.POSITIVE_INFINITY],
    ["is 0 when it is unknown", "https://p/x?signature=abc", 0],
    ["is 0 when it is invalid", "https://p/x?expires=soon", 0],
  ])("%s", (_, location, seconds) => {
    expect(lifetimeOf(location, date)).toBe(seconds);
  });

  test("uses the gateway's clock when the reply has no Date", () => {
    const end = Math.floor(Date.now() / 1000) + 100;
    expect(Math.abs(lifetimeOf(`https://p/x?expires=${end}`, undefined) - 100)).toBeLessThan(5);
  });
});
