import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { FairSemaphore } from "../../src/resilience/fair-semaphore.ts";

/** Requests a slot for the caller of each letter; returns the callers in the order of their slots. */
function serve(semaphore: FairSemaphore, callers: string) {
  const order: string[] = [];
  for (const key of callers) {
    if (semaphore.tryAcquire(key)) order.push(key);
    else void semaphore.wait(key)?.acquired.then(() => order.push(key));
  }
  return order;
}

describe("a fair semaphore", () => {
  test("serves callers in turn, however many requests one of them has", async () => {
    const semaphore = new FairSemaphore({ slots: 1 });
    const order = serve(semaphore, "aaaabbc");
    for (let index = 0; index < 7; index += 1) {
      await Promise.resolve();
      semaphore.release(order.at(-1) ?? "");
    }
    expect(order.join("")).toBe("aabcaba");
    expect([semaphore.held, semaphore.waiting]).toEqual([0, 0]);
  });

  test("limits a caller to its share even when other slots are free", async () => {
    const semaphore = new FairSemaphore({ slots: 10, slotsPerCaller: 3 });
    const order = serve(semaphore, "aaaaab");
    expect(order.join("")).toBe("aaab");
    semaphore.release("b");
    await Promise.resolve();
    expect(order.join("")).toBe("aaab");
    semaphore.release("a");
    await Promise.resolve();
    expect(order.join("")).toBe("aaaba");
  });

  test("reserves slots for callers that hold few", () => {
    const semaphore = new FairSemaphore({ slots: 8, reservedSlots: 4 });
    expect(serve(semaphore, "aaaaaaaa").join("")).toBe("aaaa");
    expect(serve(semaphore, "bbb").join("")).toBe("bb");
    expect(serve(semaphore, "cd").join("")).toBe("cd");
  });

  test("refuses a waiter when the queue or its caller's share is full, until another is cancelled", () => {
    const semaphore = new FairSemaphore({ slots: 1, maxWaiting: 3, maxWaitingPerCaller: 2 });
    expect(semaphore.tryAcquire("a")).toBe(true);
    const first = semaphore.wait("a");
    expect(semaphore.wait("a")).toBeDefined();
    expect(semaphore.wait("a")).toBeUndefined();
    expect(semaphore.wait("b")).toBeDefined();
    expect(semaphore.wait("b")).toBeUndefined();
    first?.cancel();
    expect(semaphore.wait("c")).toBeDefined();
    expect(semaphore.waiting).toBe(3);
  });

  test("frees the slot when a waiter is cancelled just after its release", () => {
    const semaphore = new FairSemaphore({ slots: 1 });
    expect(semaphore.tryAcquire("a")).toBe(true);
    const waiter = semaphore.wait("b");
    semaphore.release("a");
    waiter?.cancel();
    expect(semaphore.held).toBe(0);
  });

  test("never exceeds its slots, serves every waiter and drops cancelled ones", async () => {
    const steps = fc.array(
      fc.tuple(fc.constantFrom("a", "b", "c"), fc.constantFrom("ask", "release", "leave", "join")),
    );
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 4 }), async (all, slots) => {
        const semaphore = new FairSemaphore({ slots, slotsPerCaller: 3, reservedSlots: slots > 2 ? 1 : 0 });
        const held: string[] = [];
        const waiting = new Map<object, { key: string; leave(): void; join(key: string): void }>();
        const release = async (key: string) => {
          const index = held.indexOf(key);
          if (index < 0) return;
          held.splice(index, 1);
          semaphore.release(key);
          await Promise.resolve();
        };
        for (const [key, step] of all) {
          if (step === "release") await release(key);
          else if (step === "leave") {
            const [found] = [...waiting.values()].filter((one) => one.key === key);
            found?.leave();
          } else if (step === "join") {
            for (const one of [...waiting.values()]) one.join(key);
            await Promise.resolve();
          } else if (semaphore.tryAcquire(key)) held.push(key);
          else {
            const waiter = semaphore.wait(key);
            if (waiter === undefined) throw new Error("there was a place");
            const leave = () => {
              waiting.delete(waiter);
              waiter.cancel();
            };
            waiting.set(waiter, { key, leave, join: waiter.join });
            void waiter.acquired.then((slotOf) => {
              waiting.delete(waiter);
              held.push(slotOf);
            });
          }
          expect(held.length).toBeLessThanOrEqual(slots);
          expect([semaphore.held, semaphore.waiting]).toEqual([held.length, waiting.size]);
        }
        while (held.length > 0) await release(held[0] ?? "");
        expect([semaphore.held, semaphore.waiting]).toEqual([0, 0]);
      }),
    );
  });
});

describe("a waiter shared by several callers", () => {
  test("acquires a slot at the first turn of any of its callers, for that caller", async () => {
    const semaphore = new FairSemaphore({ slots: 1 });
    const order = serve(semaphore, "aaa");
    const waiter = semaphore.wait("a");
    serve(semaphore, "c");
    waiter?.join("b");
    const acquired = waiter?.acquired.then((key) => order.push(`shared by ${key}`));
    for (const key of ["a", "a", "c"]) {
      await Promise.resolve();
      semaphore.release(key);
    }
    await acquired;
    expect(order).toEqual(["a", "a", "shared by b"]);
    semaphore.release("b");
    await Promise.resolve();
    semaphore.release("a");
    expect([order.at(-1), semaphore.held, semaphore.waiting]).toEqual(["a", 0, 0]);
  });

  test("acquires a slot at once when a caller below its share joins", async () => {
    const semaphore = new FairSemaphore({ slots: 4, slotsPerCaller: 1 });
    expect(semaphore.tryAcquire("a")).toBe(true);
    const waiter = semaphore.wait("a");
    waiter?.join("b");
    expect(await waiter?.acquired).toBe("b");
    expect([semaphore.held, semaphore.waiting]).toEqual([2, 0]);
    waiter?.join("c");
    waiter?.cancel();
    semaphore.release("a");
    expect([semaphore.held, semaphore.waiting]).toEqual([0, 0]);
  });

  test("leaves the queue of each caller when cancelled, and does not join a full one", () => {
    const semaphore = new FairSemaphore({ slots: 1, maxWaitingPerCaller: 1 });
    expect(semaphore.tryAcquire("x")).toBe(true);
    const [waiter, other] = [semaphore.wait("a"), semaphore.wait("b")];
    waiter?.join("b");
    waiter?.join("c");
    waiter?.cancel();
    expect([semaphore.waiting, semaphore.wait("a"), semaphore.wait("c")]).toEqual([
      1,
      expect.anything(),
      expect.anything(),
    ]);
    other?.cancel();
    expect(semaphore.wait("b")).toBeDefined();
  });
});
