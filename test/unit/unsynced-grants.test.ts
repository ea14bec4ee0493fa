import { expect, test } from "@jest/globals";
import { pino } from "pino";
import { UnsyncedGrants } from "../../src/auth/unsynced-grants.ts";
import { parseRepositoryName } from "../../src/model/names.ts";

const HOST = { kind: "host", id: 1, name: "5f1f4c3e-0000-4000-8000-000000000001" } as const;
const NAME = parseRepositoryName("org/app");

/** A promise with the function that resolves it. */
function pending<Value>() {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** A host that Katello grants nothing, and the number of queries about it. */
function unregisteredHost() {
  const outdated = [pending<"outdated">(), pending<"outdated">()] as const;
  const reply = pending<string[]>();
  const counts = { checks: 0, queries: 0 };
  const unexpected = () => Promise.reject(new Error("not for a host"));
  const grants = new UnsyncedGrants({
    katello: {
      hostCatalog: () => {
        counts.queries += 1;
        return reply.promise;
      },
      accepts: unexpected,
      catalog: unexpected,
    },
    grantFreshness: {
      staleReason: () => {
        counts.checks += 1;
        return (counts.checks === 1 ? outdated[0] : outdated[1]).promise;
      },
    },
    users: { renew: unexpected },
    hosts: { renew: async () => "kept" },
    dropToken: unexpected,
    log: pino({ level: "silent" }),
  });
  return { grants, outdated, reply, counts };
}

// Whenever the second check ends: while the query is under way, as it ends, or after it.
test.each(Array.from({ length: 30 }, (_, steps) => steps))(
  "asks Katello once for two pulls of an unregistered host, the second %d steps after its reply",
  async (steps) => {
    const { grants, outdated, reply, counts } = unregisteredHost();
    const first = grants.include(HOST, NAME, "one");
    const second = grants.include(HOST, NAME, "two");
    outdated[0].resolve("outdated");
    reply.resolve([]);
    for (let step = 0; step < steps; step += 1) await undefined;
    outdated[1].resolve("outdated");
    expect(await Promise.all([first, second])).toEqual([false, false]);
    expect(counts).toEqual({ checks: 2, queries: 1 });
  },
);
