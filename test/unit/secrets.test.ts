import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { keepReply, leaksIn } from "../support/secrets.ts";

const KEY = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----\n";
const TOKEN = "0f1e2d3c4b5a6978";
const told = JSON.stringify({ token: TOKEN, access_token: TOKEN, expires_in: 300 });
/** A separate folder: the scan of the whole run would report these secrets. */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "secrets-"));
  writeFileSync(join(folder, "a.key"), KEY);
});
afterEach(() => rmSync(folder, { recursive: true }));

const reply = (text: string, headers: Readonly<Record<string, string>> = {}) => ({
  status: 200,
  headers,
  text,
});

describe("the scan for secrets", () => {
  test("allows a token in the reply that issues it", async () => {
    keepReply("/v2/token?service=x", reply(told), folder);
    keepReply("/container_gateway/v2/token/", reply(told), folder);
    keepReply("/v2/token", reply('{"token":"unauthenticated","access_token":"unauthenticated"}'), folder);
    keepReply("/v2/", reply('{"token":"unauthenticated"}'), folder);
    expect(await leaksIn(folder)).toEqual([]);
  });

  test.each<[what: string, () => void]>([
    ["the token in another reply", () => keepReply("/v2/_catalog", reply(told), folder)],
    ["a token in a header", () => keepReply("/v2/token", reply(told, { link: TOKEN }), folder)],
    ["a password", () => keepReply("/v1/search", reply("no alice:secret"), folder)],
    ["a private key", () => keepReply("/v2/", reply(KEY), folder)],
    ["a connection string", () => keepReply("/readyz", reply("postgresql://u@h/d"), folder)],
    ["the path of a file", () => keepReply("/readyz", reply(`no ${folder}/a.key`), folder)],
    ["a token in a log", () => writeFileSync(join(folder, "a.log"), `{"t":"${TOKEN}"}\n`)],
  ])("finds %s", async (_, leak) => {
    keepReply("/v2/token", reply(told), folder);
    leak();
    expect(await leaksIn(folder)).toHaveLength(1);
  });
});
