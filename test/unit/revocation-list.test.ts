import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { Extension } from "@peculiar/x509";
import fc from "fast-check";
import { readRevocationLists, serialOf } from "../../src/x509/revocation-list.ts";
import { listPem, makeConsumer, makeConsumerAuthority, revoke } from "../support/revocation.ts";

const ca = await makeConsumerAuthority("consumers");
const other = await makeConsumerAuthority("consumers");
const host = await makeConsumer(ca, "u-1");
const second = await makeConsumer(other, "u-2");
const certificate = (pem: string) => new X509Certificate(pem);
const authorities = [certificate(ca.cert), certificate(other.cert)];
const serialIn = (pem: string) => serialOf(certificate(pem).serialNumber);
const nextUpdate = new Date(Math.floor(Date.now() / 1000) * 1000 + 60_000);
const list = await revoke(ca, [host], { nextUpdate });
const others = await revoke(other, [second]);
const read = (file: Buffer | string, known = authorities) => readRevocationLists(Buffer.from(file), known);

describe("a revocation list", () => {
  test.each([
    ["DER", list],
    ["PEM", listPem(list)],
    ["PEM with CRLF line endings", listPem(list).replaceAll("\n", "\r\n")],
  ])("in %s gives its CA, the revoked serial numbers and the next update", async (_, file) => {
    const [found, ...more] = await read(file);
    expect(more).toEqual([]);
    expect(found?.cas).toEqual([authorities[0]]);
    expect([...(found?.serials ?? [])]).toEqual([serialIn(host.cert)]);
    expect(found?.nextUpdate).toBe(nextUpdate.getTime());
  });

  test("may be empty", async () => {
    expect([...((await read(await revoke(ca, [])))[0]?.serials ?? ["?"])]).toEqual([]);
  });

  test.each([
    ["DER", Buffer.concat([list, others])],
    ["PEM", listPem(list) + listPem(others)],
  ])("may be one of several in %s", async (_, file) => {
    const found = await read(file);
    expect(found.map(({ serials }) => [...serials])).toEqual([
      [serialIn(host.cert)],
      [serialIn(second.cert)],
    ]);
  });

  test.each<[string, () => Promise<Buffer | string>, RegExp]>([
    ["of an unknown CA", async () => revoke(await makeConsumerAuthority("x"), []), /not signed by a CA/],
    ["that is empty", async () => "", /no revocation list/],
    ["that is a certificate", async () => ca.cert, /something other/],
    ["beside a certificate", async () => listPem(list) + ca.cert, /something other/],
    ["that is plain text", async () => "nothing", /./],
    [
      "followed by a truncated list",
      async () => listPem(list) + listPem(others).slice(0, 200),
      /something other/,
    ],
    [
      "with an unsupported critical extension",
      async () =>
        revoke(ca, [host], { extensions: [new Extension("2.5.29.28", true, new Uint8Array([0x30, 0]))] }),
      /critical extension, which is not supported/,
    ],
  ])("%s is rejected", async (_, make, message) => {
    await expect(read(await make())).rejects.toThrow(message);
  });

  test("may have non-critical extensions", async () => {
    const extensions = [new Extension("2.5.29.20", false, new Uint8Array([2, 1, 7]))];
    expect((await read(await revoke(ca, [host], { extensions })))[0]?.serials.size).toBe(1);
  });

  test("truncated at any byte is rejected", async () => {
    for (let length = 0; length < list.length; length += 1)
      await expect(read(list.subarray(0, length))).rejects.toThrow();
  });

  test("with any bit changed is rejected or gives the same serial numbers", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(list.length - 1), fc.integer({ min: 0, max: 7 }), async (at, bit) => {
        const changed = Buffer.from(list);
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        const found = await read(changed).catch(() => undefined);
        if (found !== undefined) expect([...(found[0]?.serials ?? [])]).toEqual([serialIn(host.cert)]);
      }),
      { numRuns: 500 },
    );
  });

  test("of random bytes is rejected", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        await expect(read(Buffer.from(bytes))).rejects.toThrow();
      }),
      { numRuns: 500 },
    );
  });
});
