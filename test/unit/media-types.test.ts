import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ANY_MANIFEST, acceptanceOf, kindOf, namesAllKinds } from "../../src/model/media-types.ts";

const LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
const DOCKER = "application/vnd.docker.distribution.manifest.v2+json";
const INDEX = "application/vnd.oci.image.index.v1+json";
const IMAGE = "application/vnd.oci.image.manifest.v1+json";
const V1 = "application/vnd.docker.distribution.manifest.v1+json";
const SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws";
const ALL = [V1, SIGNED, LIST, DOCKER, INDEX, IMAGE].sort().join(", ");

describe("the Accept header sent to Pulp", () => {
  test.each([
    ["no header", undefined, `${ALL}, */*`],
    ["an empty header", "", `${ALL}, */*`],
    ["only commas", " , ,", `${ALL}, */*`],
    ["an invalid type", "nonsense", `${ALL}, */*`],
    ["any type", "*/*", `${ALL}, */*`],
    ["any application type", "application/*", ALL],
    ["any application type in upper case", "Application/*", ALL],
    ["types in any order", `${IMAGE},${DOCKER},${INDEX}`, `${DOCKER}, ${INDEX}, ${IMAGE}`],
    ["types in upper case", IMAGE.toUpperCase(), IMAGE],
    ["a duplicate type", `${IMAGE}, ${IMAGE}`, IMAGE],
    ["weights and other parameters", `${IMAGE};q=0.5, ${INDEX} ; charset="a,b"`, `${INDEX}, ${IMAGE}`],
    ["a refused type", `${IMAGE}, ${INDEX};q=0`, IMAGE],
    ["a type refused with blanks and digits", `${IMAGE}, ${INDEX} ; Q = 0.000`, IMAGE],
    ["any type but one", `*/*, ${INDEX};q=0`, ALL.replace(`${INDEX}, `, "")],
    ["only application types", "application/*, */*;q=0", ALL],
    ["a type in a refused range", `application/*;q=0, ${IMAGE}`, IMAGE],
    [
      "manifest types and other types",
      `text/html, ${IMAGE}, application/json`,
      `${IMAGE}, application/json, text/html`,
    ],
    ["other types only", "text/html", "text/html"],
    ["every type refused", "*/*;q=0", "application/vnd.oci.empty.v1+json"],
  ])("for %s", (_, header, expected) => {
    expect(acceptanceOf(header).header).toBe(expected);
    // The second call reads the cache.
    expect(acceptanceOf(header).header).toBe(expected);
  });

  test("is bounded and does not depend on the client's order", () => {
    const entry = fc.constantFrom(
      LIST,
      DOCKER,
      INDEX,
      IMAGE,
      V1,
      SIGNED,
      "application/json",
      "*/*",
      "application/*;q=0",
    );
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1 }), (entries) => {
        const { header } = acceptanceOf(entries.join(","));
        expect(header).toBe(acceptanceOf(entries.toReversed().join(", ")).header);
      }),
    );
    const others = Array.from({ length: 1000 }, (_, index) => `x/${index}`).join(",");
    expect(acceptanceOf(others).header.split(", ")).toHaveLength(16);
  });
});

test.each([
  [`${IMAGE}, ${INDEX}`, true],
  [`${IMAGE},${INDEX},${LIST},${DOCKER}, */*`, true],
  [`${IMAGE};q=0.5`, false],
  [IMAGE.toUpperCase(), false],
  ["application/*", false],
  ["*/*", false],
  [undefined, false],
])("an older Pulp understands %s: %s", (header, isLiteral) => {
  expect(acceptanceOf(header).isLiteral).toBe(isLiteral);
});

test("names each kind of manifest", () => {
  expect([INDEX, LIST, IMAGE, DOCKER, SIGNED, "x/y"].map(kindOf)).toEqual([
    "OCI image index",
    "Docker manifest list",
    "OCI image manifest",
    "Docker image manifest",
    "Docker image manifest of schema 1",
    "Manifest",
  ]);
  expect(
    [ANY_MANIFEST, `${LIST},${DOCKER},${INDEX},${IMAGE}`, `${IMAGE},${INDEX}`].map(namesAllKinds),
  ).toEqual([true, true, false]);
});
