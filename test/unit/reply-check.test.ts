import { expect, test } from "@jest/globals";
import { replyProblems } from "../../src/contract/reply-check.ts";
import { openReplyValidators } from "../../src/http/contract.ts";

const validators = await openReplyValidators();

const CHALLENGE = {
  "www-authenticate": 'Bearer realm="https://gateway.example/v2/token",service="gateway.example"',
  "docker-distribution-api-version": "registry/2.0",
  "x-request-id": "0123456789abcdef",
};
const problemsOf = (headers: Readonly<Record<string, string>>, text: string, status = 401) =>
  replyProblems(validators, "GET", "/v2/", {
    status,
    headers: { "content-type": "application/json", ...CHALLENGE, ...headers },
    text,
  });
const UNAUTHORIZED = JSON.stringify({
  errors: [{ code: "UNAUTHORIZED", message: "authentication required", detail: {} }],
});

test("a header that breaks the contract is named with its own place", () => {
  const [problem, ...others] = problemsOf(
    { "docker-distribution-api-version": "registry/1.0" },
    UNAUTHORIZED,
  );
  expect(others).toEqual([]);
  expect(problem?.text).toBe(
    "headers: /headers/docker-distribution-api-version must be equal to one of the allowed values",
  );
  expect(problem?.place?.pointer).toMatch(/\/Docker-?Distribution-?A[pP][iI]-?Version$/);
});

test("each status of an operation has its own rules", () => {
  expect(problemsOf({}, UNAUTHORIZED)).toEqual([]);
  // The body of an error is not the one of a success, and the other way around.
  expect(problemsOf({}, "{}").map(({ text }) => text)).toEqual([
    "body: it must have required property 'errors'",
  ]);
  expect(problemsOf({}, UNAUTHORIZED, 418).map(({ text }) => text)).toEqual([
    "the contract has no status 418 for getBase",
  ]);
});
