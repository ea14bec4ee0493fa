/** A worker that requests a reload gets its outcome, or learns that there is none yet. */
import type { Worker } from "node:cluster";
import { EventEmitter } from "node:events";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { ReloadChannel } from "../../src/process/reload-channel.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** The worker's end of the channel to its primary. */
function channel() {
  const sent: { kind: string; id: number }[] = [];
  const end = Object.assign(new EventEmitter(), {
    isConnected: () => true,
    send: (message: { kind: string; id: number }) => void sent.push(message),
  });
  return { sent, end, reload: new ReloadChannel(end as unknown as Worker) };
}

test("outcomes belong to their requests", async () => {
  const { sent, end, reload } = channel();
  const [first, second] = [reload.request(), reload.request()];
  expect(sent.map(({ kind }) => kind)).toEqual(["ask-reload", "ask-reload"]);
  end.emit("message", { kind: "reload-outcome", id: sent[1]?.id, outcome: { failed: "no such file" } });
  end.emit("message", { kind: "reload-outcome", id: sent[0]?.id, outcome: { workers: 2 } });
  expect(await Promise.all([first, second])).toEqual([{ workers: 2 }, { failed: "no such file" }]);
});

test("a reload that takes longer than a minute is pending, and its outcome comes too late", async () => {
  const { sent, end, reload } = channel();
  const outcome = reload.request();
  jest.advanceTimersByTime(60_000);
  expect(await outcome).toEqual({ pendingSeconds: 60 });
  end.emit("message", { kind: "reload-outcome", id: sent[0]?.id, outcome: { workers: 1 } });
  expect(jest.getTimerCount()).toBe(0);
});

test("without a primary the gateway is shutting down", async () => {
  const { end, reload } = channel();
  const outcome = reload.request();
  end.emit("disconnect");
  expect(await outcome).toEqual({ failed: "the gateway is shutting down" });
});
