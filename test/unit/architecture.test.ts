import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";

const SRC = fileURLToPath(new URL("../../src", import.meta.url));

/** Rooms from the bottom up. A file may import from its own room and from rooms below. */
const FLOORS = [
  ["generated"],
  [
    "reasons",
    "start-error",
    "stop-signals",
    "interest",
    "bounded-map",
    "breaker",
    "decisions",
    "heap",
    "contract",
  ],
  ["resilience", "flights", "logs"],
  ["errors"],
  ["names"],
  ["media-types"],
  ["grants", "logins", "pushes", "content", "json-text"],
  ["operations"],
  ["forms"],
  ["auth"],
  ["handlers", "caches", "upstreams"],
  ["http"],
  ["api"],
  ["pages"],
  ["app"],
  ["listen", "socket-file"],
  ["server"],
  ["settings"],
  ["ground"],
  ["door", "server-options"],
  ["gateway"],
  ["demo", "workers"],
  ["main", "check"],
  ["cli"],
];

/** What only some rooms may use. */
const RESERVED: Readonly<Record<string, readonly string[]>> = {
  "openapi-backend": ["api"],
  express: ["app", "pages"],
  "swagger-ui-dist": ["pages"],
  "pg-promise": ["caches"],
  pg: ["caches"],
  "pg-copy-streams": ["caches"],
  "db-migrate": ["caches"],
  "rate-limiter-flexible": ["caches"],
  undici: ["upstreams", "demo"],
  "node:https": ["server", "demo"],
  "@hapi/boom": ["errors"],
  zod: ["settings", "upstreams"],
  selfsigned: ["demo"],
  "tar-stream": ["demo"],
};

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter(
  (name) => name.endsWith(".ts") && !name.endsWith(".d.ts"),
);
const roomOf = (file: string): string => file.split("/")[0]?.replace(/\.ts$/, "") ?? "";
const floorOf = (room: string): number => FLOORS.findIndex((rooms) => rooms.includes(room));
const textOf = (file: string): string => readFileSync(join(SRC, file), "utf8");
const importsOf = (file: string): string[] =>
  [...textOf(file).matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].flatMap(([, name]) => name ?? []);
const own = files.filter((file) => roomOf(file) !== "generated");

describe("the house", () => {
  test("has a floor for every room", () => {
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

  test("keeps each library where it belongs", () => {
    const strays = own.flatMap((file) =>
      importsOf(file)
        .filter((name) => RESERVED[name]?.includes(roomOf(file)) === false)
        .map((name) => `${file} -> ${name}`),
    );
    expect(strays).toEqual([]);
  });

  test("speaks SQL in caches only, and reads the environment in settings and commands only", () => {
    const sql = own.filter(
      (file) =>
        roomOf(file) !== "caches" && /["`](?:SELECT|INSERT|UPDATE|DELETE|CREATE) [A-Za-z]/.test(textOf(file)),
    );
    const environment = own.filter((file) => /process\.env/.test(textOf(file)));
    expect(sql).toEqual([]);
    expect(environment.sort()).toEqual([
      "caches/connection-string.ts",
      "caches/embedded.ts",
      "cli.ts",
      "settings/keys/database.ts",
    ]);
  });

  test("casts nowhere but in the adapter", () => {
    const casts = own.filter(
      (file) =>
        file !== "api.ts" &&
        /\bas (?!const\b|string extends\b)[A-Za-z{[(]/.test(
          textOf(file).replace(/import[^;]+;|\/\*\*[\s\S]*?\*\/|\/\/.*|"[^"]*"|`[^`]*`/g, ""),
        ),
    );
    expect(casts).toEqual([]);
  });
});
