/** The ends of sessions and of links that sign in, by a clock that the tests advance. */
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { Sessions } from "../../src/admin/sessions/sessions.ts";
import { SingleWorker } from "../../src/admin/workers.ts";

const HOUR_MS = 60 * 60 * 1000;

let sessions: Sessions;
beforeEach(() => {
  jest.useFakeTimers();
  sessions = new Sessions(new SingleWorker());
});
afterEach(() => {
  jest.useRealTimers();
});

/** The `Cookie` header of a browser that has got this one. */
const sent = ({ cookie }: { readonly cookie: string }): string => cookie.split(";")[0] ?? "";

describe("a link", () => {
  const use = (code: string) => sessions.answers["use-link"]({ code });

  test("is valid for 60 seconds", async () => {
    const [first, second] = [sessions.makeLink(), sessions.makeLink()];
    jest.advanceTimersByTime(59_999);
    expect(await use(first)).toBe(true);
    jest.advanceTimersByTime(1);
    expect(await use(second)).toBe(false);
  });
});

describe("a session", () => {
  test("ends after eight hours without a renewal", async () => {
    const cookie = sent(await sessions.open("admin", "foreman", false));
    jest.advanceTimersByTime(8 * HOUR_MS - 1);
    const session = await sessions.find(cookie);
    expect(session).toMatchObject({ name: "admin", by: "foreman" });
    jest.advanceTimersByTime(1);
    expect(await sessions.find(cookie)).toBeUndefined();
    expect(session !== undefined && sessions.isOpen(session)).toBe(false);
  });

  test("goes on with a renewal, for a day after the sign-in at most", async () => {
    let cookie = sent(await sessions.open("admin", "link", true));
    for (let renewals = 0; renewals < 3; renewals += 1) {
      jest.advanceTimersByTime(7 * HOUR_MS);
      const session = await sessions.find(cookie);
      if (session === undefined) throw new Error("the session has ended");
      cookie = sent(await sessions.renew(session));
    }
    jest.advanceTimersByTime(3 * HOUR_MS - 1);
    expect(await sessions.find(cookie)).toBeDefined();
    jest.advanceTimersByTime(1);
    expect(await sessions.find(cookie)).toBeUndefined();
  });
});
