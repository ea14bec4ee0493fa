/** Foreman's API for Smart Proxies, as its documentation describes it. */
import { createServer, type Server } from "node:https";
import { pem } from "./folder.ts";

/** State of the API. */
export interface ForemanApi {
  version: string;
  /** Features that each record has after a refresh. */
  features: string[];
  records: Map<string, { id: number; name: string; url: string }>;
  calls: { method: string | undefined; path: string; authorization: string | undefined; user: unknown }[];
}

/** Credentials that it accepts, beside any OAuth signature. */
const BASIC = `Basic ${Buffer.from("admin:changeme").toString("base64")}`;

function reply(
  foreman: ForemanApi,
  method: string,
  path: string,
  body: string,
): [status: number, body: unknown] {
  const withFeatures = (record: object | undefined) => ({
    ...record,
    features: foreman.features.map((name) => ({ name })),
  });
  if (path === "/api/v2/status")
    return [200, { result: "ok", status: 200, version: foreman.version, api_version: 2 }];
  const [, id] = /^\/api\/v2\/smart_proxies\/(\d+)/.exec(path) ?? [];
  const sent = body === "" ? {} : (JSON.parse(body).smart_proxy ?? {});
  if (sent.url === "https://broken.example.org") {
    const message = "Unable to communicate with the proxy";
    return [422, { error: { id: null, errors: { base: [message] }, full_messages: [message] } }];
  }
  if (method === "GET") {
    const [, name = ""] = /name="([^"]*)"/.exec(decodeURIComponent(path)) ?? [];
    const found = foreman.records.get(name);
    return [200, { total: 1, results: found === undefined ? [] : [withFeatures(found)] }];
  }
  if (method === "POST") {
    const record = { id: foreman.records.size + 1, name: sent.name, url: sent.url };
    foreman.records.set(sent.name, record);
    return [201, withFeatures(record)];
  }
  const record = [...foreman.records.values()].find((one) => one.id === Number(id));
  if (record !== undefined && sent.url !== undefined) record.url = sent.url;
  return [200, withFeatures(record)];
}

/** Makes the server, which does not listen yet. */
export function createForemanApi(foreman: ForemanApi): Server {
  return createServer({ cert: pem("server.crt"), key: pem("server.key") }, async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { method = "", url: path = "", headers } = request;
    foreman.calls.push({ method, path, authorization: headers.authorization, user: headers["foreman-user"] });
    const isKnown = headers.authorization === BASIC || headers.authorization?.startsWith("OAuth ") === true;
    const [status, answer] = isKnown
      ? reply(foreman, method, path, body)
      : [401, { error: { message: "Unable to authenticate user admin" } }];
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(answer));
  });
}
