import { EventEmitter, once } from "node:events";
import { afterEach, expect, jest, test } from "@jest/globals";
import { HostActivity } from "../../src/auth/hosts/host-activity.ts";
import type { HostActivityEntry } from "../../src/model/host-activity.ts";

afterEach(() => {
  jest.useRealTimers();
});

/** A writer that keeps what it was given, and fails as often as it is told. */
function recorder() {
  const state = { failures: 0, prunes: 0, written: [] as (readonly HostActivityEntry[])[] };
  const writer = {
    recordActivity: async (entries: readonly HostActivityEntry[]) => {
      if (state.failures > 0) {
        state.failures -= 1;
        throw new Error("no database");
      }
      state.written.push(entries);
    },
    pruneActivity: async () => {
      state.prunes += 1;
    },
  };
  const warn = jest.fn();
  return { state, writer, warn, activity: new HostActivity(writer, { warn }) };
}

test("times of hosts are written in one batch, in the order of the uuids", async () => {
  jest.useFakeTimers();
  const { state, activity } = recorder();
  activity.seen("b");
  activity.seen("a");
  activity.pulled("a");
  await jest.advanceTimersByTimeAsync(60_000);
  expect(state.written).toEqual([
    [
      { uuid: "a", seenAgoS: 60, pulledAgoS: 60 },
      { uuid: "b", seenAgoS: 60, pulledAgoS: undefined },
    ],
  ]);
  await activity.close();
  expect(state.written).toHaveLength(1);
});

test("a host that pulls all the time is written every ten minutes", async () => {
  jest.useFakeTimers();
  const { state, activity } = recorder();
  for (let second = 0; second < 3_600; second += 1) {
    activity.seen("a");
    activity.pulled("a");
    await jest.advanceTimersByTimeAsync(1_000);
  }
  expect(state.written).toHaveLength(6);
  expect(state.prunes).toBe(1);
  await activity.close();
});

test("what could not be written is written later, and at the latest when the gateway stops", async () => {
  jest.useFakeTimers();
  const { state, activity, warn } = recorder();
  activity.seen("a");
  state.failures = 2;
  await jest.advanceTimersByTimeAsync(120_000);
  expect(state.written).toEqual([]);
  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn).toHaveBeenCalledWith(
    { err: new Error("no database") },
    "times of hosts can't be stored: trying again",
  );
  await activity.close();
  expect(state.written).toEqual([[{ uuid: "a", seenAgoS: 120, pulledAgoS: undefined }]]);
});

test("a gateway that stops during a write waits for it, and writes what was noted meanwhile", async () => {
  jest.useFakeTimers();
  const { state, writer, activity } = recorder();
  const record = writer.recordActivity;
  const database = new EventEmitter();
  writer.recordActivity = async (entries) => {
    if (entries[0]?.uuid === "a") await once(database, "answer");
    await record(entries);
  };
  activity.seen("a");
  await jest.advanceTimersByTimeAsync(60_000);
  activity.seen("b");
  const closed = activity.close();
  database.emit("answer");
  await closed;
  expect(state.written.map((entries) => entries.map(({ uuid }) => uuid))).toEqual([["a"], ["b"]]);
});
