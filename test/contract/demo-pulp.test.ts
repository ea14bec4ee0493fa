/** The demo's Pulp meets the same expectations as a real Pulp, in both generations. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { makeCertificates } from "../../src/demo/certificates.ts";
import { type DemoPulp, startDemoPulp } from "../../src/demo/pulp.ts";
import { ask } from "../pulp/ask.ts";
import { check } from "../pulp/check.ts";
import { type Facts, gatherFacts, type Target } from "../pulp/facts.ts";
import { contract } from "../pulp/lines.ts";

const { ca, server, gateway, stranger } = await makeCertificates();
const { gateway: foreigner } = await makeCertificates();
const identities = { gateway, stranger, foreigner, nobody: undefined };

describe.each(["2.30", "2.27"] as const)("the demo's Pulp as pulp_container %s", (generation) => {
  let pulp: DemoPulp;
  let target: Target;
  let facts: Facts;
  beforeAll(async () => {
    pulp = await startDemoPulp({ generation, tls: { ...server, ca } });
    target = { origin: pulp.origin, generation, ca, identities };
    facts = await gatherFacts(target);
  });
  afterAll(() => pulp.close());

  describe.each(Object.entries(contract))("%s", (_, lines) => {
    const held = lines.filter(({ only = generation }) => only === generation);
    test.each(held)("$when", (line) => check(line, target, facts));
  });
});

describe("the demo's Pulp", () => {
  test("builds the same images every time", async () => {
    const pulp = await startDemoPulp();
    try {
      const tags = pulp.images.get("org/private-app")?.tags;
      expect(Object.fromEntries(tags ?? [])).toEqual({
        "1.0": "sha256:2af08e665ffc1be4f615b03acdd496873adebd7a104a1b14d0246c63fbf173c8",
        "1.1": "sha256:449595ff440fbc746ec264f0a23fcfaec428833e6d590700d0ad14277f463ac0",
        docker: "sha256:a24318ab5d7a64f8ed367fc9dfa88b8509248ab2c5b9422db049231d6ebf17e8",
        latest: "sha256:b8327ddaa96dcdec7062b3bbffe4f3698afa19cc0336f0a1fc2f6ed2c90fca47",
        multi: "sha256:0d4b219b0522d403a7df0d663745a61efca71f38052575bf93b3786bd11aa0c3",
      });
    } finally {
      await pulp.close();
    }
  });

  test("speaks plain HTTP, records requests, redirects to another origin and delays its replies", async () => {
    const pulp = await startDemoPulp({ contentOrigin: "https://bucket.example.org", delay: 50 });
    try {
      const digest = "sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4";
      const path = `/pulpcore_registry/v2/org/other-app/blobs/${digest}`;
      const start = performance.now();
      const { headers } = await ask({ url: `${pulp.origin}${path}`, headers: { "X-Request-Id": "1" } });
      expect(performance.now() - start).toBeGreaterThan(45);
      expect(headers.location).toMatch(
        /^https:\/\/bucket\.example\.org\/pulp\/container\/org\/other-app\/blobs\//,
      );
      expect(pulp.requests).toEqual([
        { method: "GET", url: path, headers: expect.objectContaining({ "x-request-id": "1" }) },
      ]);
    } finally {
      await pulp.close();
    }
  });

  test("issues links that expire as configured", async () => {
    const pulp = await startDemoPulp({ linkLife: -1 });
    try {
      const digest = "sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4";
      const { headers } = await ask({
        url: `${pulp.origin}/pulpcore_registry/v2/org/other-app/blobs/${digest}`,
      });
      const { reason } = await ask({ url: `${headers.location}` });
      expect(reason).toBe("Authentication expired");
    } finally {
      await pulp.close();
    }
  });

  test("closes despite open connections, and frees its port", async () => {
    const pulp = await startDemoPulp({ delay: 60_000 });
    const broken = expect(ask({ url: `${pulp.origin}/pulpcore_registry/v2/` })).rejects.toThrow();
    while (pulp.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await pulp.close();
    await broken;
    await (await startDemoPulp({ port: pulp.port })).close();
  });
});
