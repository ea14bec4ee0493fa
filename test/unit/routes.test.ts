import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "@jest/globals";
import { OPERATIONS } from "../../src/generated/operations.ts";
import { RouteTable } from "../../src/http/routes.ts";

const routes = new RouteTable();
const found = (method: string, path: string) => {
  const route = routes.find(method, path);
  return route !== undefined && "operation" in route ? [route.operation.id, route.parameters] : route;
};

describe("the route table", () => {
  test.each([
    ["GET", "/v2", "getBase", {}],
    ["GET", "/v2/", "getBase", {}],
    ["GET", "/container_gateway/v2/", "getBase", {}],
    ["GET", "/v2/token", "getToken", {}],
    ["GET", "/v2/a/tags/list", "getTags", { name: "a" }],
    ["GET", "/v2/a/b/c/tags/list/", "getTags", { name: "a/b/c" }],
    ["HEAD", "/v2/a/b/manifests/latest", "headManifest", { name: "a/b", reference: "latest" }],
    ["GET", "/v2/a/manifests/b/manifests/c", "getManifest", { name: "a/manifests/b", reference: "c" }],
    ["GET", "/v2/a/blobs/b/tags/list", "getTags", { name: "a/blobs/b" }],
    ["GET", "/v2/a%2Fb/blobs/sha256:0", "getBlob", { name: "a%2Fb", digest: "sha256:0" }],
    ["POST", "/v2/a/blobs/uploads/", "refusePost", { path: "a/blobs/uploads" }],
    ["PUT", "/v2/a/manifests/latest", "refusePut", { path: "a/manifests/latest" }],
    ["PUT", "/container_gateway/repository_list/", "putRepositories", {}],
  ])("routes %s %s to %s", (method, path, id, parameters) => {
    expect(found(method, path)).toEqual([id, parameters]);
  });

  test.each([
    ["GET", "/"],
    ["GET", "/container_gateway"],
    ["GET", "/container_gatewayx/v2/"],
    ["GET", "/container_gateway/container_gateway/v2/"],
    ["GET", "/container_gateway/readyz"],
    ["GET", "/v2/a/nothing"],
    ["GET", "/v2/manifests/latest"],
    ["GET", "/V2/"],
  ])("has no route for %s %s", (method, path) => {
    expect(found(method, path)).toBeUndefined();
  });

  test("returns the allowed methods of a path", () => {
    expect(found("GET", "/repository_list")).toEqual({ allow: ["PUT"] });
    expect(found("DELETE", "/v2")).toEqual({ allow: ["GET", "HEAD"] });
  });

  test("finds every operation of the contract by its path", () => {
    for (const { id, method, path, prefixes } of OPERATIONS) {
      for (const prefix of prefixes) {
        const concrete = path.replace(/\{[^}]+\}/g, "x");
        for (const end of ["", "/"]) expect(found(method, prefix + concrete + end)?.[0 as never]).toBe(id);
      }
    }
  });

  test("has the same match for a path again, until thousands of others came", () => {
    const first = routes.find("GET", "/v2/again/tags/list");
    expect(routes.find("GET", "/v2/again/tags/list")).toBe(first);
    expect(routes.find("HEAD", "/v2/again/manifests/1")).not.toBe(
      routes.find("GET", "/v2/again/manifests/1"),
    );
    for (let index = 0; index < 3_000; index += 1) routes.find("GET", `/v2/other-${index}/tags/list`);
    // Used now and then, it stays; otherwise it is found anew.
    expect(routes.find("GET", "/v2/again/tags/list")).toBe(first);
    for (let index = 0; index < 6_000; index += 1) routes.find("GET", `/v2/other-${index}/tags/list`);
    const anew = routes.find("GET", "/v2/again/tags/list");
    expect(anew).not.toBe(first);
    expect(anew).toEqual(first);
  });

  test("keeps no long path", () => {
    const path = `/v2/${"a".repeat(600)}/tags/list`;
    expect(routes.find("GET", path)).toEqual(routes.find("GET", path));
    expect(routes.find("GET", path)).not.toBe(routes.find("GET", path));
  });

  test("keeps nothing of a long query", () => {
    setFlagsFromString("--expose-gc");
    const collect: () => void = runInNewContext("gc");
    const table = new RouteTable();
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < 4_000; index += 1) {
      const target = Buffer.from(`/v2/organization/repository-${index}/tags/list?${"q".repeat(16_384)}`);
      table.find("GET", target.toString("latin1").split("?", 1)[0] ?? "");
    }
    collect();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(16 * 1024 ** 2);
  });
});
