/** The façade before a Smart Proxy, with Foreman's own library and a real Apache that leads the registry to it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { ask, type Identity } from "../pulp/ask.ts";
import { freePorts } from "../pulp/ports.ts";
import { pem, testFolder } from "../support/gateway.ts";
import { type StandInSmartProxy, startSmartProxy } from "../support/smart-proxy.ts";
import { type Apache, startApache } from "./apache.ts";
import { callAsKatello } from "./katello.ts";
import { versionOf } from "./program.ts";
import { type Site, startSite } from "./site.ts";

const identity = (name: string): Identity => ({ cert: pem(`${name}.crt`), key: pem(`${name}.key`) });
const TRUSTED = ["foreman.example.org", "gateway.example.org"];

/** The registry part of a Smart Proxy's virtual host: it leads to the URL of the record, and adds no scheme. */
const registryOf = (port: number, facade: string, bundle: string): string => {
  const file = (name: string) => join(testFolder(), name);
  return `
Listen 127.0.0.1:${port}
<VirtualHost 127.0.0.1:${port}>
  ServerName localhost
  SSLEngine on
  SSLCertificateFile ${file("server.crt")}
  SSLCertificateKeyFile ${file("server.key")}
  SSLCACertificateFile ${file("consumers.crt")}
  SSLVerifyClient optional
  SSLVerifyDepth 3
  SSLOptions +StdEnvVars +ExportCertData
  SSLProxyEngine on
  SSLProxyMachineCertificateFile ${bundle}
  ProxyVia On
  RequestHeader set X_RHSM_SSL_CLIENT_CERT "%{SSL_CLIENT_CERT}s"
  ProxyPass /v1/ ${facade}/container_gateway/v1/
  ProxyPass /v2/ ${facade}/container_gateway/v2/
  ProxyPass /index/ ${facade}/container_gateway/index/
  ErrorLog \${APACHE_LOG_DIR}/error.log
</VirtualHost>
`;
};

describe(`${await versionOf("apache2")}, the façade before a Smart Proxy`, () => {
  let site: Site;
  let smartProxy: StandInSmartProxy;
  let apache: Apache;
  let facade = "";
  let registry = "";
  beforeAll(async () => {
    smartProxy = await startSmartProxy(TRUSTED);
    const port = await freePorts(2);
    facade = `https://localhost:${port + 1}`;
    registry = `https://localhost:${port}`;
    site = await startSite({
      settings: {
        smart_proxy_url: smartProxy.url,
        facade_listen: `https://127.0.0.1:${port + 1}`,
        trusted_hosts: TRUSTED,
      },
    });
    const bundle = join(testFolder(), "smart-proxy-bundle.pem");
    writeFileSync(bundle, `${pem("gateway.crt")}\n${pem("gateway.key")}`);
    apache = await startApache(registryOf(port, facade, bundle), port);
  });
  beforeEach(() => void smartProxy.requests.splice(0));
  afterAll(async () => {
    await apache?.stop();
    await site?.stop();
    await smartProxy?.close();
  });

  const get = async (url: string, who?: Identity, headers: Record<string, string> = {}) => {
    const { status, body, headers: got } = await ask({ url, ca: pem("ca.crt"), identity: who, headers });
    return { status, text: body.toString(), headers: got };
  };

  test("serves Katello's calls by Foreman's own library", async () => {
    const entry = { repository: "org/app", auth_required: true };
    const answers = await callAsKatello({ base: facade, ca: pem("ca.crt"), identity: identity("foreman") }, [
      { method: "put", path: "container_gateway/repository_list", payload: { repositories: [entry] } },
      { method: "get", path: "container_gateway/users" },
      { method: "get", path: "v2/features" },
    ]);
    expect(answers.slice(0, 2)).toEqual([
      { status: 200, body: "{}" },
      { status: 200, body: expect.stringContaining('"users"') },
    ]);
    expect(JSON.parse(answers[2]?.body ?? "")).toMatchObject({
      container_gateway: { state: "running" },
      logs: {},
    });
    expect(await site.sql("SELECT name FROM repositories WHERE listed")).toEqual([{ name: "org/app" }]);
    expect(smartProxy.requests.map(({ url, caller }) => [url, caller])).toEqual([
      ["/v2/features", "gateway.example.org"],
    ]);
  });

  test("serves Apache's registry: challenges name the client's origin, and a host's certificate counts", async () => {
    const { status, headers } = await get(`${registry}/v2/`, undefined, { host: "localhost:8443" });
    expect(status).toBe(401);
    expect(headers["www-authenticate"]).toContain('realm="https://localhost:8443/v2/token"');
    await site.sync();
    const names = async (who?: Identity) => {
      const anonymous = { authorization: "Bearer unauthenticated" };
      return JSON.parse((await get(`${registry}/v2/_catalog`, who, who ? {} : anonymous)).text).repositories;
    };
    expect(await names(identity("host"))).toEqual(["org/private-app", "org/public-app"]);
    expect(await names()).toEqual(["org/public-app"]);
  });

  test("passes all other paths on to the Smart Proxy", async () => {
    const { status, text } = await get(`${facade}/register?x=1%2F2`, undefined, {
      host: "localhost:9090",
    });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({
      url: "/register?x=1%2F2",
      headers: expect.arrayContaining(["localhost:9090"]),
    });
    expect((await get(`${registry}/register`)).status).toBe(404);
  });
});
