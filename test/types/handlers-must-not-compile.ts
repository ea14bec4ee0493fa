/** Lines that must not compile. `npm run types` fails if one of them does. */

import { createGatewayClient } from "../../src/client/index.ts";
import type { ErrorCode } from "../../src/generated/error-codes.ts";
import type { Handlers } from "../../src/model/operations.ts";

declare const all: Handlers;

// A missing handler.
const { getVersion: _left, ...others } = all;
// @ts-expect-error getVersion is missing
export const missing: Handlers = others;

// A status outside the contract.
// @ts-expect-error 201 is not declared
export const undeclared: Handlers["getVersion"] = async () => ({
  status: 201,
  body: { version: "", modules: { container_gateway: "" } },
});

// A body outside the contract.
// @ts-expect-error modules is missing
export const incomplete: Handlers["getVersion"] = async () => ({ status: 200, body: { version: "1" } });
// @ts-expect-error repositories are text
export const wrong: Handlers["getCatalog"] = async () => ({ status: 200, body: { repositories: [1] } });
// @ts-expect-error a state that the contract doesn't have
export const mood: Handlers["getHealth"] = async () => ({ status: 200, body: { status: "good" } });

// A missing required header.
// @ts-expect-error Location is missing
export const nowhere: Handlers["getBlob"] = async () => ({ status: 302, headers: {} });

// Arguments of a handler.
export const reads: Handlers["getManifest"] = async (call) => {
  // @ts-expect-error there is no such path parameter
  void call.path.digest;
  // @ts-expect-error a name is no plain text that could be made up
  call.path.name satisfies "org/app";
  // @ts-expect-error administrators don't pull
  void (call.caller.kind === "administrator");
  throw new Error("never called");
};

// @ts-expect-error no such error code
export const code: ErrorCode = "TEAPOT";

const client = createGatewayClient({ url: "http://localhost" });
// @ts-expect-error reference is missing
void client.getManifest({ params: { path: { name: "org/app" } } });
// @ts-expect-error n is a number
void client.getCatalog({ params: { query: { n: "many" } } });
// @ts-expect-error there is no such operation
void client.getSecrets();
