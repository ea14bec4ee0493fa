/** `npm run demo`, and the commands that it prints, each run by a shell. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Daemon, type Outcome, run, startDaemon } from "./command.ts";
import { type Docker, startDocker } from "./docker.ts";
import { type Home, makeHome } from "./home.ts";
import { CLI } from "./site.ts";

let home: Home;
let docker: Docker;
let demo: Daemon;
let commands: string[];
beforeAll(async () => {
  home = makeHome({});
  docker = await startDocker(home);
  demo = await startDaemon(process.execPath, [CLI, "demo"], (said) => said.includes("Ctrl-C ends it"));
  commands = demo
    .said()
    .split("\n")
    .filter((line) => /^ {4}\S/.test(line))
    .map((line) => line.trim());
});
afterAll(async () => {
  await demo?.stop();
  await docker?.stop();
  home?.remove();
});

const CATALOG = /\{"repositories":\["org\/private-app","org\/public-app"\]\}/;
const FOLDER = /\/tmp\/container-gateway-demo-\w+/;

describe("the commands that the demo prints", () => {
  const outcomes = new Map<string, Outcome>();
  beforeAll(async () => {
    // A line may need the variable of the line before.
    let variables = "";
    for (const command of commands) {
      const env = { ...home.env, DOCKER_HOST: docker.host };
      outcomes.set(command, await run("/bin/sh", ["-c", `${variables}${command}`], { env }));
      if (/^[A-Z]+=/.test(command)) variables += `${command}\n`;
    }
  });

  const expected: readonly [string, RegExp, number, RegExp][] = [
    ["podman pulls a public image", /^podman pull .*public-app/, 0, /./],
    ["docker pulls a public image", /^docker pull .*public-app/, 0, /Digest: sha256:/],
    ["podman logs in", /^podman login/, 0, /Login Succeeded/],
    ["podman pulls a private image", /^podman pull .*private-app/, 0, /./],
    ["podman is refused another user's image", /^podman pull .*other-app/, 125, /repository name not known/],
    ["skopeo lists tags", /^skopeo list-tags/, 0, /"multi"/],
    ["skopeo inspects an image", /^skopeo inspect/, 0, /org\/public-app/],
    ["curl gets a token", /^TOKEN=/, 0, /^$/],
    ["curl reads a user's catalog", /^curl -H.*_catalog/, 0, CATALOG],
    ["curl reads a host's catalog", /^curl .*host.crt.*_catalog/, 0, CATALOG],
    ["curl reads /readyz", /^curl .*readyz/, 0, /"pulp":"up"/],
    ["curl lists users, as Katello does", /^curl .*users/, 0, /\{"users":\["alice"\]\}/],
  ];
  test.each(expected)("%s", (_, pattern, code, says) => {
    const found = [...outcomes].filter(([command]) => pattern.test(command));
    expect(found).toHaveLength(1);
    for (const [, { code: ended, said }] of found) {
      expect({ code: ended, said }).toEqual({ code, said: expect.stringMatching(says) });
    }
  });

  test("prints no other commands", () => {
    expect(commands.filter((command) => !expected.some(([, pattern]) => pattern.test(command)))).toEqual([]);
  });

  test("leaves no files behind after its end", async () => {
    const [folder = ""] = FOLDER.exec(demo.said()) ?? [];
    expect(existsSync(folder)).toBe(true);
    expect(await demo.stop()).toBe(0);
    expect(existsSync(folder)).toBe(false);
  });
});
