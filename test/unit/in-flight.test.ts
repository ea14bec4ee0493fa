import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { PassThrough } from "node:stream";
import { expect, test } from "@jest/globals";
import type { Exchange } from "../../src/http/exchange.ts";
import { InFlight } from "../../src/http/limits/in-flight.ts";

/** A request of an address. */
function exchangeOf(site: string): Exchange {
  const request = new IncomingMessage(new Socket());
  return { request, response: new ServerResponse(request), requestId: "id", bytesBefore: 0, site };
}

/** Two requests of one address, of which the second waits until the first has ended and another address has sent two. */
async function waitBehindOthers(isExempt: boolean): Promise<void> {
  const inFlight = new InFlight({ max_requests: 2, max_requests_per_address: 1 });
  const enter = (exchange: Exchange) => {
    inFlight.enter();
    return inFlight.acquire(exchange, isExempt);
  };
  const first = exchangeOf("192.0.2.1");
  expect(enter(first)).toBeUndefined();
  const second = enter(exchangeOf("192.0.2.1"));
  expect(inFlight.count).toBe(1);
  for (const site of ["192.0.2.2", "192.0.2.3"]) await enter(exchangeOf(site));
  inFlight.release(first);
  inFlight.leave();
  await second;
}

test("a request that has waited for its slot is refused if too many are in flight then", async () => {
  await expect(waitBehindOthers(false)).rejects.toThrow("max_requests");
});

test("an exempt request that has waited is served", async () => {
  await expect(waitBehindOthers(true)).resolves.toBeUndefined();
});

test("requests that start in one iteration and then wait for their bodies are not refused", async () => {
  const inFlight = new InFlight({ max_requests: 2, max_requests_per_address: 100 });
  // More connections may be waiting: all but the first request wait, and start together a little later.
  inFlight.accepted();
  let bodies = 0;
  const send = async () => {
    inFlight.enter();
    await inFlight.acquire(exchangeOf("192.0.2.1"), false);
    const endless = new PassThrough();
    void inFlight.body(endless).next();
    bodies += 1;
  };
  await Promise.all(Array.from({ length: 20 }, send));
  expect({ bodies, count: inFlight.count }).toEqual({ bodies: 20, count: 0 });
});
