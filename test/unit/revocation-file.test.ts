import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { closeSync, constants, openSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { pino } from "pino";
import { RevocationFile } from "../../src/x509/revocation-file.ts";
import { eventually } from "../support/eventually.ts";
import { testFolder } from "../support/gateway.ts";
import { makeConsumer, makeConsumerAuthority, revoke } from "../support/revocation.ts";

const ca = await makeConsumerAuthority("consumers of a file");
const authority = new X509Certificate(ca.cert);
const [first, second] = [await makeConsumer(ca, "u-1"), await makeConsumer(ca, "u-2")];
const path = join(testFolder(), "replaced.crl");
let said: string[];
let file: RevocationFile;

/** Replaces the file atomically. */
function put(content: Buffer): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

beforeEach(async () => {
  put(await revoke(ca, []));
  said = [];
  const log = pino({ level: "info" }, { write: (line: string) => void said.push(line) });
  file = await RevocationFile.open({ path, cas: [authority], log });
});
afterEach(() => file.close());

const revoked = () => [first, second].map(({ cert }) => file.revoked(new X509Certificate(cert), authority));

/** Opens a pipe for writing as soon as a reader has opened it. */
async function readerOf(pipe: string): Promise<number> {
  let writer = -1;
  await eventually("the pipe is read", () => {
    try {
      writer = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch {
      return false;
    }
    return true;
  });
  return writer;
}

test("ignores a slowly read list when a newer one has replaced it", async () => {
  const pipe = `${path}.pipe`;
  execFileSync("mkfifo", [pipe]);
  // A symbolic link, so that the pipe keeps its own name after the replacement.
  symlinkSync(pipe, `${path}.new`);
  renameSync(`${path}.new`, path);
  const writer = await readerOf(pipe);
  put(await revoke(ca, [second]));
  // Longer than the polling interval.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  writeFileSync(writer, await revoke(ca, [first]));
  closeSync(writer);
  await eventually("both are read", () => file.revision === 3);
  expect(revoked()).toEqual([false, true]);
});

test("keeps the loaded list while the file is unreadable, logs that once, and reloads the file afterwards", async () => {
  const away = `${path}.away`;
  put(await revoke(ca, [first]));
  await eventually("it is read", () => file.revision === 2);
  renameSync(path, away);
  await eventually("it is told", () => said.some((line) => line.includes("can't be used")));
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(revoked()).toEqual([true, false]);
  renameSync(away, path);
  await eventually("it is read again", () => file.revision === 3);
  expect(said.filter((line) => line.includes("can't be used"))).toHaveLength(1);
  rmSync(path);
});
