import { expect, test } from "@jest/globals";
import { Live } from "../../src/admin/live.ts";
import type { Status } from "../../src/admin/status.ts";

const never = <Result>(): Promise<Result> => new Promise(() => undefined);

test("a gateway that shuts down ends the streams of pages, and opens no others", () => {
  const live = new Live({
    status: () => never<Status>(),
    activity: { history: never },
    workers: { join: () => undefined, ask: never, secret: never },
  });
  const stream = live.open(() => true);
  live.close();
  expect(stream.read().toString()).toBe("retry: 1000\n\n");
  expect(stream.read()).toBeNull();
  expect(() => live.open(() => true)).toThrow("shutting down");
});
