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

describe("what goes up for what a client accepts", () => {
  test.each([
    ["nothing said", undefined, `${ALL}, */*`],
    ["an empty header", "", `${ALL}, */*`],
    ["nothing but commas", " , ,", `${ALL}, */*`],
    ["no type at all", "nonsense", `${ALL}, */*`],
    ["anything", "*/*", `${ALL}, */*`],
    ["any application", "application/*", ALL],
    ["any application, in capitals", "Application/*", ALL],
    ["types in any order", `${IMAGE},${DOCKER},${INDEX}`, `${DOCKER}, ${INDEX}, ${IMAGE}`],
    ["types in capitals", IMAGE.toUpperCase(), IMAGE],
    ["the same twice", `${IMAGE}, ${IMAGE}`, IMAGE],
    ["weights and other parameters", `${IMAGE};q=0.5, ${INDEX} ; charset="a,b"`, `${INDEX}, ${IMAGE}`],
    ["a type that is refused", `${IMAGE}, ${INDEX};q=0`, IMAGE],
    ["a type that is refused with blanks and digits", `${IMAGE}, ${INDEX} ; Q = 0.000`, IMAGE],
    ["anything but a type", `*/*, ${INDEX};q=0`, ALL.replace(`${INDEX}, `, "")],
    ["any application, nothing else", "application/*, */*;q=0", ALL],
    ["a type of those that are refused", `application/*;q=0, ${IMAGE}`, IMAGE],
    [
      "other types beside them",
      `text/html, ${IMAGE}, application/json`,
      `${IMAGE}, application/json, text/html`,
    ],
    ["other types alone", "text/html", "text/html"],
    ["nothing at all", "*/*;q=0", "application/vnd.oci.empty.v1+json"],
  ])("%s", (_, header, expected) => {
    expect(acceptanceOf(header).header).toBe(expected);
    // Once more: what has been parsed is cached.
    expect(acceptanceOf(header).header).toBe(expected);
  });

  test("is bounded, and depends on no order", () => {
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
])("whether an older Pulp reads %s as it is meant: %s", (header, isLiteral) => {
  expect(acceptanceOf(header).isLiteral).toBe(isLiteral);
});

test("kinds have names", () => {
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
