/** Holds requests of Katello and of clients to the contract: path, query, and the form of Katello's bodies. */
import type { OperationId } from "../generated/operations.ts";
import { type Checks, invalidParameter } from "../http/contract.ts";
import { pathParameters, queryParameters } from "../http/requests.ts";
import { RouteTable } from "../http/routes.ts";
import { errorText } from "../model/error-text.ts";
import {
  readHostGrants,
  readHosts,
  readRepositories,
  readUserGrants,
  type SyncBody,
} from "../sync/body/read-body.ts";
import { hostGrants, listedHost, listedRepository, userGrants } from "../sync/entry-rules.ts";
import { type Problem, placeAt, placeIn } from "./place.ts";

/** A request as sent. */
export interface WireRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Undefined for one that is not known, and not judged. */
  readonly body: AsyncIterable<Uint8Array> | undefined;
}

const routes = new RouteTable();

/** Yields a problem for each entry that breaks the rules of the contract. @param rules undefined for an entry that breaks them */
async function* invalidEntries<Row extends { readonly entry: number }>(
  batches: AsyncIterable<Row[]>,
  rules: (row: Row) => unknown,
): AsyncGenerator<string> {
  for await (const rows of batches)
    for (const row of rows)
      if (rules(row) === undefined)
        yield `body: the entry ${JSON.stringify(row)} breaks the rules of names, or lacks a value`;
}

/** Problems of the body of each of Katello's calls. */
const BODIES: Partial<Record<OperationId, (body: SyncBody) => AsyncGenerator<string>>> = {
  putRepositories: (body) => invalidEntries(readRepositories(body), listedRepository),
  putUserGrants: (body) => invalidEntries(readUserGrants(body), userGrants()),
  putHosts: (body) => invalidEntries(readHosts(body), listedHost),
  putHostGrants: (body) => invalidEntries(readHostGrants(body), hostGrants()),
  putOneHostGrants: (body) => invalidEntries(readHostGrants(body), hostGrants()),
};

/** Maximum number of problems listed for one body. A mistake of Katello's repeats in each entry. */
const MAX_PROBLEMS = 5;

async function firstOf(problems: AsyncGenerator<string>): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const problem of problems) {
      found.push(problem);
      if (found.length === MAX_PROBLEMS) break;
    }
  } catch (error) {
    found.push(`body: ${errorText(error)}`);
  }
  return found;
}

async function drain(body: AsyncIterable<Uint8Array> = (async function* () {})()): Promise<void> {
  for await (const _ of body);
}

/** Problems of a request; empty if it keeps the contract. Reads the body, whatever is wrong. */
export async function requestProblems(checks: Checks, request: WireRequest): Promise<readonly Problem[]> {
  const { method, target, headers, body } = request;
  const [sentPath = ""] = target.split("?", 1);
  const route = routes.find(method, sentPath.replace(/\/{2,}/g, "/"));
  if (route === undefined || "allow" in route) {
    await drain(body);
    const other = route === undefined ? "" : `; the path has ${route.allow.join(", ")}`;
    return [{ text: `the contract has no operation for it${other}`, place: placeAt("paths") }];
  }
  const { operation } = route;
  const problems: Problem[] = [];
  try {
    const path = pathParameters(route);
    const query = queryParameters({ url: target }, operation);
    const validate = checks.get(operation.id);
    if (validate?.({ path, query }) === false) throw invalidParameter(validate.errors ?? []);
  } catch (error) {
    problems.push({ text: errorText(error), place: placeIn(operation, "parameters") });
  }
  const entries = BODIES[operation.id];
  if (entries === undefined || body === undefined) await drain(body);
  else {
    const found = await firstOf(entries({ contentType: headers["content-type"], chunks: body }));
    for (const text of found) problems.push({ text, place: placeIn(operation, "requestBody") });
  }
  return problems;
}
