import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";

const SRC = fileURLToPath(new URL("../../src", import.meta.url));

/** Folders of each layer, from the bottom up. A file may import from its own folder and from lower layers. */
const FLOORS = [
  ["generated", "resilience"],
  ["client", "model"],
  ["logs", "metrics", "x509"],
  ["connection", "settings"],
  ["auth", "database", "upstreams"],
  ["http", "store"],
  ["admin", "cache", "sync"],
  ["facade", "handlers"],
  ["listeners"],
  ["check", "contract", "gateway", "register"],
  ["adopt"],
  ["process"],
  ["demo"],
  ["commands"],
  ["cli"],
];

/** Libraries that only some folders may use. */
const RESERVED: Readonly<Record<string, readonly string[]>> = {
  "openapi-backend": ["http"],
  express: ["http"],
  "swagger-ui-dist": ["http"],
  "pg-promise": ["database"],
  pg: ["database"],
  "pg-copy-streams": ["sync"],
  "db-migrate": ["database"],
  undici: ["contract", "upstreams", "demo"],
  "node:https": ["client", "contract", "facade", "http", "demo"],
  "@hapi/boom": ["model"],
  zod: ["contract", "settings", "upstreams"],
  selfsigned: ["demo"],
  "prom-client": ["metrics"],
  "tar-stream": ["demo"],
  // The generated client alone imports it, and callers of a gateway use the folder client.
  "openapi-fetch": [],
};

/** Libraries that only some files may use. */
const RESERVED_FILES: Readonly<Record<string, readonly string[]>> = {
  "openapi-backend": ["http/contract.ts"],
  express: ["http/api-pages.ts"],
};

/** Folders that may contain SQL. */
const SQL_ROOMS = ["database", "store", "sync"];

/** The only files outside of folders. */
const LOOSE_FILES = ["cli.ts", "gateway.ts", "listeners.ts"];

/** Names of counts, which need no unit; the name of any other number ends in its unit. */
const UNITS = /_(?:MS|S|BYTES|CHARS|BITS|ID|FRACTION|FACTOR|PERCENT)$/;
const COUNTS =
  /^(?:MAX|MIN|DEFAULT|UNCHECKED)_|_(?:PER_[A-Z]+|CONNECTIONS|GROUPS|LIMIT|LENGTH|DESCRIPTOR|PORT)$|^GROUPS$/;

/** Words that technical terms have replaced and that must not return. */
const REPLACED =
  /\b(?:ground|door|(?<!of )interest|patience|(?<!single[ -]|in[ -])flights?|vouched|(?<!v8-)heap\.ts|stretch(?:es)?|late[ -]grants|visitors?|deaf|hearing|turns\.ts|pauses\.ts)\b/i;

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter(
  (name) => name.endsWith(".ts") && !name.endsWith(".d.ts"),
);
const roomOf = (file: string): string => file.split("/")[0]?.replace(/\.ts$/, "") ?? "";
const floorOf = (room: string): number => FLOORS.findIndex((rooms) => rooms.includes(room));
const textOf = (file: string): string => readFileSync(join(SRC, file), "utf8");
const importsOf = (file: string): string[] =>
  [...textOf(file).matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].flatMap(([, name]) => name ?? []);
const own = files.filter((file) => roomOf(file) !== "generated");

describe("the source tree", () => {
  test("has a layer for every folder", () => {
    expect([...new Set(files.map(roomOf))].filter((room) => floorOf(room) < 0)).toEqual([]);
  });

  test.each(own)("%s imports downwards only", (file) => {
    const room = roomOf(file);
    for (const name of importsOf(file).filter((one) => one.startsWith("."))) {
      const target = roomOf(relative(SRC, join(SRC, dirname(file), name)));
      if (target === room || target.startsWith("..")) continue;
      const allowed = floorOf(target) < floorOf(room);
      expect(allowed ? [] : [`${file} -> ${name}`]).toEqual([]);
    }
  });

  test("has no files that import each other in a circle, but for commands and their table", () => {
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      // The table loads the modules of its commands when they run, and they know their options by its types.
      if (roomOf(file) === "commands") return;
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
      if (done.has(file) || path.includes(file)) return;
      for (const name of importsOf(file).filter((one) => one.startsWith(".")))
        visit(relative(SRC, join(SRC, dirname(file), name)), [...path, file]);
      done.add(file);
    };
    for (const file of own) visit(file, []);
    expect(circles).toEqual([]);
  });

  test("uses restricted libraries in their folders only", () => {
    const strays = own.flatMap((file) =>
      importsOf(file)
        .filter((name) => RESERVED[name]?.includes(roomOf(file)) === false)
        .map((name) => `${file} -> ${name}`),
    );
    expect(strays).toEqual([]);
  });

  test("sends requests of the status page by the client only, but for the stream of events", () => {
    const scripts = readdirSync(join(SRC, "ui")).filter((name) => name.endsWith(".js"));
    const strays = scripts.flatMap((name) =>
      [...textOf(join("ui", name)).matchAll(/\b(?:fetch|XMLHttpRequest|EventSource|sendBeacon)\(/g)].map(
        ([call]) => `${name}: ${call}`,
      ),
    );
    expect(strays.filter((stray) => !stray.startsWith("client.js:"))).toEqual(["live.js: EventSource("]);
  });

  test("uses adapted libraries in their adapters only", () => {
    const strays = own.flatMap((file) =>
      importsOf(file)
        .filter((name) => RESERVED_FILES[name]?.includes(file) === false)
        .map((name) => `${file} -> ${name}`),
    );
    expect(strays).toEqual([]);
  });

  test("contains SQL in the database's folders only, and reads the environment in settings and commands only", () => {
    const sql = own.filter(
      (file) =>
        !SQL_ROOMS.includes(roomOf(file)) &&
        /["`](?:SELECT|INSERT|UPDATE|DELETE|CREATE) [A-Za-z]/.test(textOf(file)),
    );
    const environment = own.filter((file) => /process\.env/.test(textOf(file)));
    expect(sql).toEqual([]);
    expect(environment.sort()).toEqual([
      "cli.ts",
      "database/embedded/embedded.ts",
      "settings/connection-string.ts",
      "settings/keys/database.ts",
    ]);
  });

  test("has no top-level files but the commands and the composition", () => {
    expect(files.filter((file) => !file.includes("/")).sort()).toEqual(LOOSE_FILES);
  });

  test("names the unit of every number", () => {
    const numbers = own.flatMap((file) =>
      [
        ...textOf(file).matchAll(/^(?:export )?const ([A-Z][A-Z0-9_]*)(?:: number)? = [-\d_ .*()+/]+;$/gm),
      ].map(([, name = ""]) => ({ file, name })),
    );
    expect(numbers.length).toBeGreaterThan(100);
    expect(numbers.filter(({ name }) => !UNITS.test(name) && !COUNTS.test(name))).toEqual([]);
  });

  test("uses technical terms instead of the words they replaced", () => {
    const found = own.flatMap((file) =>
      `${file}\n${textOf(file)}`
        .split("\n")
        .filter((line) => REPLACED.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    );
    expect(found).toEqual([]);
  });

  test("begins each doc comment with a noun or a verb", () => {
    const found = own.flatMap((file) =>
      [
        ...textOf(file).matchAll(
          /\/\*\*(?:\n \*)? (?:What|Who|Where|How|Whether|Those|It|That|Makes it)\b.*/g,
        ),
      ].map(([line]) => `${file}: ${line}`),
    );
    expect(found).toEqual([]);
  });

  test("casts in the HTTP adapter only", () => {
    const casts = own.filter(
      (file) =>
        !["http/api.ts", "http/contract.ts"].includes(file) &&
        /\bas (?!const\b|string extends\b)[A-Za-z{[(]/.test(
          textOf(file).replace(/import[^;]+;|\/\*\*[\s\S]*?\*\/|\/\/.*|"[^"]*"|`[^`]*`/g, ""),
        ),
    );
    expect(casts).toEqual([]);
  });
});
