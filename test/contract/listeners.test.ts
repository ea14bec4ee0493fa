import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { afterEach, describe, expect, test } from "@jest/globals";
import { createGatewayClient } from "../../src/client/index.ts";
import { healthAt } from "../support/calls.ts";
import { pullStatus } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { pem, startTestGateway, type TestGateway, type TestGatewayOptions } from "../support/gateway.ts";
import { startSmartProxy } from "../support/smart-proxy.ts";

/** Stop what a test has started, after a failed one too: it would keep the process running. */
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const world = await startTestGateway(options);
  closers.push(() => world.stop());
  return world;
}

describe("a shutdown", () => {
  test("drains requests in flight, rejects new connections, and closes idle ones", async () => {
    const world = await start({ pulp: { delay: 1_500 } });
    const client = createGatewayClient({ url: world.http });
    expect((await client.getHealth()).response.status).toBe(200);
    const before = world.pulp.requests.length;
    // Each of another manifest, because requests for the same one share the question to Pulp.
    const manifests = [...(world.pulp.images.get("org/public-app")?.manifests.keys() ?? []), "1.0"];
    const flights = manifests.map((reference) =>
      client.getManifest({ params: { path: { name: "org/public-app", reference } } }),
    );
    expect(flights.length).toBeGreaterThan(1);
    await eventually("Pulp has them", () => world.pulp.requests.length - before === flights.length);
    const stopped = world.gateway.stop();
    await expect(healthAt(world.http)).rejects.toThrow("ECONNREFUSED");
    for (const { response, data } of await Promise.all(flights)) {
      expect(response.status).toBe(200);
      expect(data).toHaveProperty("schemaVersion");
    }
    const answeredAt = performance.now();
    await stopped;
    expect(performance.now() - answeredAt).toBeLessThan(5_000);
    expect(existsSync(world.socket)).toBe(false);
    client.close();
  });
});

describe("https listeners", () => {
  /** Shakes hands, and resolves to the cipher or the code of the error. */
  const cipherAt = (url: string, version: "TLSv1.2" | "TLSv1.3", ciphers = "ALL"): Promise<string> =>
    new Promise((resolve) => {
      const options = {
        port: Number(new URL(url).port),
        ca: pem("ca.crt"),
        servername: "localhost",
        ciphers,
      };
      const socket = connectTls({ ...options, minVersion: version, maxVersion: version }, () => {
        resolve(socket.getCipher().name);
        socket.destroy();
      });
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
    });

  test("accept TLS from tls_min_version on", async () => {
    const smartProxy = await startSmartProxy([]);
    closers.push(() => smartProxy.close());
    const facade = { smart_proxy_url: smartProxy.url, facade_listen: "https://127.0.0.1:0" };
    const world = await start({ settings: { ...facade, tls_min_version: "TLSv1.3" } });
    for (const url of [world.https, world.gateway.facade?.url ?? ""]) {
      expect(await cipherAt(url, "TLSv1.2")).toBe("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
      expect(await cipherAt(url, "TLSv1.3", "TLS_AES_256_GCM_SHA384")).toBe("TLS_AES_256_GCM_SHA384");
    }
  });

  test("accept the ciphers in tls_ciphers only, in their order", async () => {
    const smartProxy = await startSmartProxy([]);
    closers.push(() => smartProxy.close());
    const facade = { smart_proxy_url: smartProxy.url, facade_listen: "https://127.0.0.1:0" };
    const [first, second] = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"];
    const world = await start({ settings: { ...facade, tls_ciphers: `${first}:${second}` } });
    for (const url of [world.https, world.gateway.facade?.url ?? ""]) {
      expect(await cipherAt(url, "TLSv1.2", `${second}:${first}`)).toBe(first);
      expect(await cipherAt(url, "TLSv1.2", "ECDHE-ECDSA-CHACHA20-POLY1305")).toMatch(/HANDSHAKE_FAILURE/);
    }
  });
});

describe("clients that disconnect", () => {
  test("cancel their request to Pulp", async () => {
    const world = await start({ pulp: { delay: 400 } });
    const { port } = new URL(world.http);
    for (let i = 0; i < 5; i += 1) {
      const socket = connect(Number(port), "127.0.0.1");
      await once(socket, "connect");
      socket.write("GET /v2/org/public-app/manifests/1.0 HTTP/1.1\r\nHost: x\r\n\r\n");
      await sleep(50);
      socket.destroy();
    }
    expect(await pullStatus(world, {}, "org/public-app")).toBe(200);
  });
});

describe("https", () => {
  test("accepts clients without a certificate, and requires TLS 1.2 or newer", async () => {
    const world = await start();
    const { port } = new URL(world.https);
    const options = { host: "127.0.0.1", port: Number(port), ca: pem("ca.crt"), servername: "localhost" };
    const good = connectTls(options);
    await once(good, "secureConnect");
    expect(good.getProtocol()).toBe("TLSv1.3");
    good.destroy();
    const old = connectTls({
      ...options,
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      ciphers: "ALL@SECLEVEL=0",
    });
    await expect(once(old, "secureConnect")).rejects.toThrow();
  });

  test.each(["http/1.1", "http/1.0"])(
    "negotiates %s with a client that offers nothing else",
    async (protocol) => {
      const world = await start();
      const { port } = new URL(world.https);
      const trust = { ca: pem("ca.crt"), servername: "localhost" };
      const socket = connectTls({
        host: "127.0.0.1",
        port: Number(port),
        ...trust,
        ALPNProtocols: [protocol],
      });
      await once(socket, "secureConnect");
      expect(socket.alpnProtocol).toBe(protocol);
      socket.destroy();
    },
  );

  test("keeps the unix socket of another running process", async () => {
    const world = await start();
    await expect(startTestGateway({ settings: { listen: [`unix:${world.socket}`] } })).rejects.toThrow(
      "another process listens",
    );
  });
});
