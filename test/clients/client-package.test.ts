/** The npm package of the client: packed, installed in an empty project, and its README's examples run against a gateway. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { build } from "esbuild";
import { pem, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { must } from "./command.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const README = readFileSync(join(ROOT, "clients/typescript/README.md"), "utf8");
/** Checkers of packages, which only this test runs. */
const PUBLINT = "publint@0.3.25";
const ATTW = "@arethetypeswrong/cli@0.18.5";
const MAX_BYTES = 120_000;

let folder: string;
let packed: string;
let world: TestGateway;
const env = () => ({ HOME: process.env.HOME ?? "/root", npm_config_update_notifier: "false" });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cgw-client-"));
  world = await startTestGateway({ settings: { login_ttl: 60 }, browsers: true });
  const printed = await must(process.execPath, ["scripts/client.mjs"], { cwd: ROOT, env: env() });
  packed = printed.trim().split("\n").at(-1) ?? "";
  writeFileSync(join(folder, "package.json"), '{"name":"empty","private":true}');
  const install = ["install", "--no-audit", "--no-fund", "--prefer-offline", packed, "typescript@5.9.3"];
  await must("npm", install, { cwd: folder, env: env() });
}, 120_000);
afterAll(async () => {
  await world?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a program of the project. */
function runProgram(name: string, text: string): Promise<string> {
  writeFileSync(join(folder, name), text);
  return must(process.execPath, [name], {
    cwd: folder,
    env: {
      GATEWAY_URL: world.https,
      GATEWAY_CA: pem("ca.crt"),
      GATEWAY_PASSWORD: "secret",
      GATEWAY_SOCKET: world.adminSocket,
      FOREMAN_CERT: pem("foreman.crt"),
      FOREMAN_KEY: pem("foreman.key"),
    },
  });
}

/** Examples of the README by their headings. */
const EXAMPLES = new Map(
  [...README.matchAll(/^## (.+)\n[^`]*(?:`[^`\n]+`[^`]*)*```js\n([\s\S]*?)```/gm)].map(
    ([, title = "", text = ""]) => [title, text] as const,
  ),
);

test.each([
  ["Log in and list what may be pulled", /^org\/private-app .*latest/m],
  ["Handle errors", /^401 UNAUTHORIZED$/m],
  ["Act as Katello", /^users: .*alice/m],
  ["Administer a gateway on this machine", /^version: \d/m],
  ["Log, measure or limit each request", /^GET \/healthz 200$/m],
])("the example runs: %s", async (title, output) => {
  expect(await runProgram("example.mjs", EXAMPLES.get(title) ?? "throw new Error('no example')")).toMatch(
    output,
  );
});

/** Makes the globals of Node.js those of a page that has signed in by a link, and runs the bundled example. */
const SIGNED_IN_PAGE = `import { createGatewayClient, unwrap } from "container-gateway-client";
  const admin = createGatewayClient({ socketPath: process.env.GATEWAY_SOCKET });
  const { urls } = await unwrap(admin.postSignInLink());
  const { origin, hash } = new URL(urls[0]);
  const header = { "X-Sign-In-Code": hash.replace("#link=", "") };
  const browser = createGatewayClient({ url: origin });
  const { response } = await browser.postSession({ params: { header } });
  browser.close();
  const [cookie] = response.headers.get("set-cookie").split(";");
  globalThis.Request = class extends Request {
    constructor(input, init) {
      super(new URL(input, origin), init);
      this.headers.set("cookie", cookie);
    }
  };
  await import("./bundled.mjs");`;

test("the example of a page is bundled without modules of Node.js, and runs with the page's session", async () => {
  writeFileSync(
    join(folder, "page.mjs"),
    EXAMPLES.get("Call it from a page") ?? "throw new Error('no example')",
  );
  await build({
    entryPoints: [join(folder, "page.mjs")],
    outfile: join(folder, "bundled.mjs"),
    bundle: true,
    format: "esm",
    platform: "browser",
  });
  expect(await runProgram("signed-in.mjs", SIGNED_IN_PAGE)).toMatch(/^Katello up$/im);
});

test("every example is run", () => {
  expect([...EXAMPLES.keys()]).toHaveLength(6);
});

test("it is required from CommonJS, too", async () => {
  const text = `const { createGatewayClient, unwrap } = require("container-gateway-client");
    const gateway = createGatewayClient({ url: process.env.GATEWAY_URL, ca: process.env.GATEWAY_CA, token: "invalid" });
    unwrap(gateway.getBase()).catch((error) => console.log(error.name, error.code));`;
  expect(await runProgram("program.cjs", text)).toBe("GatewayError UNAUTHORIZED\n");
});

test("a token that is revoked is fetched anew", async () => {
  const text = `import { createGatewayClient, unwrap } from "container-gateway-client";
    const { GATEWAY_URL: url, GATEWAY_CA: ca, GATEWAY_SOCKET: socketPath } = process.env;
    const gateway = createGatewayClient({ url, ca, login: { name: "alice", password: "secret" } });
    const admin = createGatewayClient({ socketPath });
    await unwrap(gateway.getCatalog());
    const { count } = await unwrap(admin.deleteUserTokens({ params: { path: { login: "alice" } } }));
    const { repositories } = await unwrap(gateway.getCatalog());
    console.log(count, repositories.includes("org/private-app"));`;
  expect(await runProgram("program.mjs", text)).toMatch(/^[1-9]\d* true\n$/);
});

test("types are those of the contract, in ESM and in CommonJS", async () => {
  const good = `import { createGatewayClient, unwrap } from "container-gateway-client";
    export const names = async (): Promise<string[]> => {
      const gateway = createGatewayClient({ url: "https://registry.example.org" });
      const { tags } = await unwrap(gateway.getTags({ params: { path: { name: "org/app" }, query: { n: 5 } } }));
      return tags;
    };\n`;
  const bad = good.replace("n: 5", 'n: "many"');
  const inBrowsers = good.replace('client"', 'client/browser"');
  const tsc = (file: string) =>
    must("node_modules/.bin/tsc", ["--noEmit", "--strict", "--module", "nodenext", "--skipLibCheck", file], {
      cwd: folder,
    });
  for (const kind of ["mts", "cts"]) {
    writeFileSync(join(folder, `good.${kind}`), good);
    writeFileSync(join(folder, `bad.${kind}`), bad);
    writeFileSync(join(folder, `browser.${kind}`), inBrowsers);
    await tsc(`browser.${kind}`);
    await tsc(`good.${kind}`);
    await expect(tsc(`bad.${kind}`)).rejects.toThrow(/'string' is not assignable to type 'number'/);
  }
});

test("publint and attw find nothing, and it is small", async () => {
  const npx = (...args: string[]) => must("npx", ["--yes", ...args], { cwd: folder, env: env() });
  expect(await npx(PUBLINT, "--strict", packed)).toContain("All good!");
  expect(await npx(ATTW, packed)).toContain("No problems found");
  expect(statSync(packed).size).toBeLessThan(MAX_BYTES);
  const manifest = readFileSync(join(folder, "node_modules/container-gateway-client/package.json"), "utf8");
  expect(Object.keys(JSON.parse(manifest).dependencies)).toEqual(["openapi-fetch"]);
});
