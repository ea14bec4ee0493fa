/** What it takes to read a large mapping, step by step, in this process. */
import type { Logger } from "pino";
import type { SyncContext } from "../../src/model/syncs.ts";
import { CopyRows } from "../../src/sync/apply/copy-rows.ts";
import { MAX_HELD_GRANTS } from "../../src/sync/apply/held-grants.ts";
import { NumberedGrants } from "../../src/sync/apply/numbered-grants.ts";
import { readHostGrants } from "../../src/sync/body/read-body.ts";
import { hostGrants as rules } from "../../src/sync/entry-rules.ts";
import { checkedRows } from "../../src/sync/plain-body.ts";
import { median } from "./median.ts";
import { hostGrants } from "./site.ts";
import { FORM } from "./sync-site.ts";

const ROUNDS = 5;
/** Size in which a socket delivers a body. */
const CHUNK_BYTES = 64 * 1024;

async function* chunks(body: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.length; at += CHUNK_BYTES) yield body.subarray(at, at + CHUNK_BYTES);
}

async function secondsOf(work: AsyncIterable<unknown>): Promise<number> {
  const began = performance.now();
  for await (const _ of work);
  return (performance.now() - began) / 1000;
}

/** Seconds for parsing the mapping of all hosts, and how many more for checking its entries and for numbering its names. */
export async function readShares(): Promise<Readonly<Record<"parsing" | "checking" | "numbering", number>>> {
  const body = Buffer.concat(hostGrants());
  const raw = () => readHostGrants({ contentType: FORM["content-type"], chunks: chunks(body) });
  // Nothing is logged, because all entries are valid.
  const log = { warn: () => undefined } as unknown as Logger;
  const checked = () => {
    const counts = { entries: 0, invalid: 0, bytes: 0 };
    const context: SyncContext = { requestId: "", caller: "", started: 0, counts, invalidEntries: [] };
    return checkedRows(raw(), context, log, rules());
  };
  async function* numbered() {
    const [grants, copy] = [new NumberedGrants(MAX_HELD_GRANTS), new CopyRows()];
    for await (const batch of checked()) {
      for (const row of batch) grants.write(copy, row);
      yield copy.take();
    }
  }
  const seen: [parsing: number, checking: number, numbering: number][] = [];
  for (let round = 0; round < ROUNDS; round += 1)
    seen.push([await secondsOf(raw()), await secondsOf(checked()), await secondsOf(numbered())]);
  const [parsing, checking, numbering] = [0, 1, 2].map((step) => median(seen.map((one) => one[step] ?? 0)));
  const [p = 0, c = 0, n = 0] = [parsing, checking, numbering];
  return { parsing: p, checking: c - p, numbering: n - c };
}
