/** The examples of the API page: each is sent by the page in a real browser, and its curl command runs in bash. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Browser } from "playwright-core";
import { ADMIN_OPERATIONS, PUBLIC_OPERATIONS } from "../../src/admin/operations.ts";
import { createGatewayClient, unwrap } from "../../src/client/index.ts";
import { sendSync } from "../../src/demo/sync.ts";
import { DEMO_REPOSITORIES, DEMO_USERS } from "../../src/demo/world.ts";
import { OPERATIONS } from "../../src/generated/operations.ts";
import { run } from "../clients/command.ts";
import { tokenAt } from "../support/calls.ts";
import { pem, startTestGateway, type TestGateway } from "../support/gateway.ts";
import { authorize, isSendable, openApiPage, sendExample, shownOperations } from "./api-page.ts";
import { openPage, startBrowser, type WatchedPage } from "./browser.ts";

/** Repository, host and blob of the contract's examples. */
const REPOSITORY = "org/app";
const HOST = "6f1f2c4e-0f4f-4c5e-9d5c-0b9a5a1f2b3c";
const BLOB = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const MAX_CURL_SECONDS = 15;

let world: TestGateway;
let browser: Browser;
/** Folder of the settings of curl, so that its commands run as they are shown. */
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cgw-examples-"));
  const settings = [
    "silent",
    "show-error",
    `max-time = ${MAX_CURL_SECONDS}`,
    'write-out = "\\n%{http_code}"',
  ];
  writeFileSync(join(folder, ".curlrc"), settings.join("\n"));
  const alice = { password: "secret", repositories: [REPOSITORY] };
  [world, browser] = await Promise.all([
    startTestGateway({ browsers: true, katello: { users: { ...DEMO_USERS, alice } } }),
    startBrowser(),
  ]);
  const image = world.pulp.images.get("org/public-app");
  if (image === undefined) throw new Error("the demo has no org/public-app");
  const blobs = new Map([...image.blobs, [BLOB, Buffer.alloc(0)]]);
  world.pulp.images.set(REPOSITORY, { ...image, name: REPOSITORY, blobs });
  const listed = [{ repository: REPOSITORY, auth_required: true }];
  await tokenAt(world.http, { name: "alice", password: alice.password });
  await sendSync({
    baseUrl: world.https,
    tls: { ca: pem("ca.crt"), cert: pem("foreman.crt"), key: pem("foreman.key") },
    repositories: [...DEMO_REPOSITORIES, ...listed],
    users: { alice: listed },
    hosts: { [HOST]: listed },
  });
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await world?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a command in bash, and returns the status of the reply. Errors name no credentials. */
async function statusOf(command: string): Promise<number> {
  const { code, stdout, said } = await run("bash", ["--norc", "-s"], {
    env: { CURL_HOME: folder },
    input: `${command}\n`,
  });
  if (code !== 0) throw new Error(`exit code ${code}: ${command.replace(/Basic \w+/, "Basic ...")}\n${said}`);
  return Number(stdout.split("\n").at(-1));
}

/** Signs in the browser by a link, as `container-gateway ui` prints it. */
async function signIn({ page }: WatchedPage): Promise<void> {
  const gateway = createGatewayClient({ socketPath: world.adminSocket });
  try {
    const { urls } = await unwrap(gateway.postSignInLink());
    await page.goto(urls[0] ?? "");
    await page.getByRole("heading", { name: "Overview" }).waitFor();
  } finally {
    gateway.close();
  }
}

const isRead = ({ method }: { readonly method: string }): boolean => method === "GET" || method === "HEAD";

/** Operations with an example: those that change nothing, and whose reply ends. */
const withExamples = (operations: typeof PUBLIC_OPERATIONS) =>
  operations.filter((one) => isRead(one) && one.mediaType !== "text/event-stream");

/** A page, and what its examples get. */
interface Case {
  readonly where: string;
  readonly operations: typeof PUBLIC_OPERATIONS;
  /** Lets the page send credentials. */
  readonly enter: (watched: WatchedPage) => Promise<void>;
  /** Replies other than 200, by operation. */
  readonly others: Readonly<Record<string, number>>;
  /** True for operations whose credentials only the browser has: its session. */
  readonly isBrowsers: (operation: (typeof PUBLIC_OPERATIONS)[number]) => boolean;
}

const CASES: readonly Case[] = [
  {
    where: "at an address of listen, with a login",
    operations: withExamples(PUBLIC_OPERATIONS),
    enter: async ({ page }) => {
      await openApiPage(page, world.http);
      const login = { "auth-basic-username": "alice", "auth-basic-password": "secret" };
      await authorize(page, "foremanLogin", login);
    },
    others: {
      // They need a client certificate.
      ...{ getUsers: 403, getFeatures: 403 },
      ...{ getBlob: 302, headBlob: 302 },
      // The digest is not that of a manifest.
      getSignatures: 404,
    },
    isBrowsers: () => false,
  },
  {
    where: "at an address of admin_listen, signed in",
    operations: withExamples(ADMIN_OPERATIONS),
    enter: async (watched) => {
      await signIn(watched);
      await openApiPage(watched.page, world.adminUrl);
    },
    others: {},
    isBrowsers: ({ security }) => security.some((scheme) => scheme === "session"),
  },
];

describe.each(CASES)("the page $where", ({ operations, enter, others, isBrowsers }) => {
  let watched: WatchedPage;
  beforeAll(async () => {
    watched = await openPage(browser);
    await enter(watched);
  }, 60_000);

  test("shows all operations, and sends no examples of those that never end or are not served there", async () => {
    const ids = await shownOperations(watched.page);
    expect(ids.toSorted()).toEqual(OPERATIONS.map(({ id }) => id).toSorted());
    const others = OPERATIONS.filter((one) => isRead(one) && operations.every(({ id }) => id !== one.id));
    expect(others).not.toEqual([]);
    const sendable: string[] = [];
    for (const { id } of others) if (await isSendable(watched.page, id)) sendable.push(id);
    expect(sendable).toEqual([]);
  });

  test.each(operations)("$id replies as the contract says, in the page and to curl", async (operation) => {
    const { [operation.id]: expected = 200 } = others;
    const { status, body, command } = await sendExample(watched.page, operation.id);
    const commands = await statusOf(command);
    // Browsers follow a redirect, and the policy of the page allows requests to the gateway only.
    const shown =
      expected === 302 ? ["Undocumented", expect.stringContaining("Failed to fetch")] : [`${expected}`, body];
    expect([status, body]).toEqual(shown);
    expect(commands).toBe(isBrowsers(operation) ? 401 : expected);
    expect(operation.statuses).toContain(commands);
    if (operation.method === "HEAD") expect(command).toMatch(/^curl --head /);
  });

  test("has no errors, and requests nothing else from other servers", () => {
    expect(watched.problems.filter((problem) => !problem.includes(world.pulp.origin))).toEqual([]);
  });
});
