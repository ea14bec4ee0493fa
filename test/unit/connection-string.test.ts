import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import {
  databaseName,
  hostText,
  hostUrls,
  plainConnectionString,
} from "../../src/settings/connection-string.ts";
import { testFolder } from "../support/folder.ts";

const NAMES = ["PGHOST", "PGPORT", "PGTARGETSESSIONATTRS"] as const;
const before = new Map(NAMES.map((name) => [name, process.env[name]]));
beforeEach(() => {
  for (const name of NAMES) delete process.env[name];
});
afterEach(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

const hostsOf = (text: string): string[] => hostUrls(plainConnectionString(text)).map(hostText);

describe("a connection URL", () => {
  test.each<[text: string, hosts: string[]]>([
    ["postgresql://one/db", ["one:5432"]],
    ["postgresql://one:5433/db", ["one:5433"]],
    ["postgresql://u:p%40w@one:5433,two:5434/db?target_session_attrs=read-write", ["one:5433", "two:5434"]],
    ["postgresql://u@one,two/db?target_session_attrs=primary", ["one:5432", "two:5432"]],
    ["postgresql://one:5433,two/db", ["one:5433", "two:5432"]],
    ["postgresql://[::1]:5433,[2001:db8::1]/db", ["::1:5433", "2001:db8::1:5432"]],
    ["postgresql:///db?host=one,two&port=5433", ["one:5433", "two:5433"]],
    ["postgresql://u@/db?host=one,two&port=5433,5434", ["one:5433", "two:5434"]],
    ["postgresql://%2Frun%2Fone,%2Frun%2Ftwo/db", ["/run/one", "/run/two"]],
    ["postgresql:///db?host=/run/one,/run/two", ["/run/one", "/run/two"]],
  ])("%s names its hosts in their order, and one database", (text, hosts) => {
    expect(hostsOf(text)).toEqual(hosts);
    expect(databaseName(plainConnectionString(text))).toBe("db");
  });

  test("takes a folder with commas in its name for one host", () => {
    const folder = mkdtempSync(join(testFolder(), "it's, data-"));
    expect(hostsOf(`postgresql:///db?host=${encodeURIComponent(folder)}`)).toEqual([folder]);
  });

  test("takes several hosts from the environment", () => {
    process.env.PGHOST = "one,two";
    process.env.PGPORT = "5433,5434";
    expect(hostsOf("postgresql:///db")).toEqual(["one:5433", "two:5434"]);
  });

  test("keeps user and password for each host", () => {
    for (const url of hostUrls(plainConnectionString("postgresql://u:p%40w@one,two/db")))
      expect(new URL(url)).toMatchObject({ username: "u", password: "p%40w" });
  });

  test.each([
    "postgresql://one,/db",
    "postgresql://one:5432,two:no/db",
    "postgresql:///db?host=one,two&port=1,2,3",
    "postgresql://one,two/db?target_session_attrs=standby",
    "postgresql://one/db?target_session_attrs=read-only",
  ])("%s is refused", (text) => {
    expect(() => plainConnectionString(text)).toThrow(TypeError);
  });

  test("of which the environment asks for a standby is refused", () => {
    process.env.PGTARGETSESSIONATTRS = "standby";
    expect(() => plainConnectionString("postgresql://one/db")).toThrow(TypeError);
  });
});
