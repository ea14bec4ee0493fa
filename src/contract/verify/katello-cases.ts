/** Calls of Katello, with bodies as its client encodes them. */
import type { Case } from "./case.ts";
import { at, json } from "./json.ts";
import type { Probe } from "./probe.ts";

const FORM = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
/** A host that no site has. */
const HOST = "00000000-0000-4000-8000-c0ffee000000";
const REPOSITORY = "container-gateway-contract/one";

/** Sends a form as Katello does. */
const put = (probe: Probe, path: string, body: string) =>
  probe.call({ method: "PUT", path: `/container_gateway${path}`, headers: FORM, body, asForeman: true });

async function expectTaken(probe: Probe, path: string, body: string): Promise<void> {
  const { status, text } = await put(probe, path, body);
  const isObject = text === "" || (typeof json(text) === "object" && json(text) !== null);
  probe.expect(status === 200, `PUT ${path} with ${body || "an empty body"} gets ${status}, not 200`);
  probe.expect(isObject, `PUT ${path}: Katello reads the body as JSON, and it is none`);
}

async function expectRefused(probe: Probe, path: string, body: string): Promise<void> {
  const { status } = await put(probe, path, body);
  probe.expect(status === 400, `PUT ${path} with ${body} gets ${status}, not 400`);
}

const CALLS = [
  ["PUT", "/repository_list/"],
  ["GET", "/users"],
  ["PUT", "/user_repository_mapping/"],
  ["PUT", "/update_hosts/"],
  ["PUT", "/host_repository_mapping/"],
  ["PUT", "/update_host_repositories/"],
] as const;

const entry = (subject: string, repository: string, isPrivate: string): string =>
  `${subject}[repository]=${encodeURIComponent(repository)}&${subject}[auth_required]=${isPrivate}`;

/** Cases of Katello. */
export const KATELLO_CASES: readonly Case[] = [
  {
    role: "katello",
    title: "all six calls are refused without Foreman's certificate",
    run: async (probe) => {
      for (const [method, path] of CALLS) {
        const body = method === "PUT" ? { headers: FORM, body: "none" } : {};
        const { status } = await probe.call({ method, path: `/container_gateway${path}`, ...body });
        probe.expect(status === 403, `${method} ${path} gets ${status}, not 403`);
      }
    },
  },
  {
    role: "katello",
    title: "GET /users lists logins",
    needs: ["certificate"],
    run: async (probe) => {
      const reply = await probe.call({ method: "GET", path: "/container_gateway/users", asForeman: true });
      probe.expect(reply.status === 200, `it gets ${reply.status}, not 200`);
      probe.expect(Array.isArray(at(json(reply.text), "users")), "there is no list of users");
    },
  },
  {
    role: "katello",
    title: "a mapping of one host is taken, and an unknown host is added",
    needs: ["certificate"],
    run: async (probe) => {
      const path = "/update_host_repositories/";
      await expectTaken(probe, path, entry(`hosts[][${HOST}][]`, REPOSITORY, "true"));
      await expectTaken(probe, path, `hosts[][${HOST}]`);
    },
  },
  {
    role: "katello",
    title: "a form of another shape is refused",
    needs: ["certificate"],
    plugin: {
      text: "500, or taken",
      problems: /-> 500: |gets (?:200|500), not 400$/,
    },
    run: async (probe) => {
      await expectRefused(probe, "/update_host_repositories/", `users[][alice][][repository]=${REPOSITORY}`);
      await expectRefused(probe, "/update_host_repositories/", "hosts=%ZZ");
    },
  },
  {
    role: "katello",
    title: "a list of repositories is taken, with and without the slash, in any case of true and false",
    needs: ["certificate", "replace"],
    run: async (probe) => {
      const list = [
        entry("repositories[]", REPOSITORY, "false"),
        entry("repositories[]", "a/b c[d]", "True"),
      ];
      await expectTaken(probe, "/repository_list/", list.join("&"));
      await expectTaken(probe, "/repository_list", list.join("&"));
    },
  },
  {
    role: "katello",
    title: "logins with brackets, users without repositories and repeated users are taken",
    plugin: {
      text: "500 for a user without repositories",
      problems: /-> 500: |gets 500, not 200$|Katello reads the body/,
    },
    needs: ["certificate", "replace"],
    run: async (probe) => {
      const users = [
        entry("users[][a%5Bb%5D][]", REPOSITORY, "true"),
        "users[][bob]",
        entry("users[][a%5Bb%5D][]", REPOSITORY, "true"),
      ];
      await expectTaken(probe, "/user_repository_mapping/", users.join("&"));
    },
  },
  {
    role: "katello",
    title: "hosts are taken, also with an empty uuid between them",
    plugin: {
      text: "500 for an empty uuid",
      problems: /-> 500: |gets 500, not 200$|Katello reads the body/,
    },
    needs: ["certificate", "replace"],
    run: async (probe) => {
      await expectTaken(probe, "/update_hosts/", `hosts[][uuid]=${HOST}&hosts[][uuid]&hosts[][uuid]=${HOST}`);
      await expectTaken(probe, "/host_repository_mapping/", entry(`hosts[][${HOST}][]`, REPOSITORY, "true"));
    },
  },
  {
    role: "katello",
    title: "a bare key is an empty list, never an error",
    plugin: {
      text: "500 for users",
      problems:
        /user_repository_mapping\S* -> 500: |user_repository_mapping\/ with users gets 500, not 200$|user_repository_mapping\/: Katello reads the body/,
    },
    needs: ["certificate", "replace"],
    run: async (probe) => {
      await expectTaken(probe, "/host_repository_mapping/", "hosts");
      await expectTaken(probe, "/update_hosts/", "hosts");
      await expectTaken(probe, "/user_repository_mapping/", "users");
      await expectTaken(probe, "/repository_list/", "repositories");
    },
  },
  {
    role: "katello",
    title: "a body that breaks off is refused, and what was there stays",
    needs: ["certificate", "replace"],
    plugin: {
      text: "taken as far as it goes",
      problems: /gets 200, not 400$|is gone after a refused list$|must have required property 'star_count'$/,
    },
    run: async (probe) => {
      await expectTaken(probe, "/repository_list/", entry("repositories[]", REPOSITORY, "false"));
      await expectRefused(
        probe,
        "/repository_list/",
        `repositories[][repository]=${REPOSITORY}&repositories[][auth`,
      );
      const { text } = await probe.ask({ method: "GET", path: "/v1/search?q=container-gateway-contract" });
      probe.expect(text.includes(REPOSITORY), "the open repository is gone after a refused list");
    },
  },
];
