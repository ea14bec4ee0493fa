/** Recordings of Katello's calls are held to the contract: each planted deviation is found. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { type CheckedExchange, checkRecording } from "../../src/contract/recording/check-recording.ts";
import type { RecordedExchange } from "../../src/contract/recording/exchange.ts";
import { readRecording } from "../../src/contract/recording/recording.ts";
import { expectPlaces } from "../support/contract-places.ts";
import { testFolder } from "../support/folder.ts";
import { DEVIATIONS, exchange, FORM, to } from "../support/katello-calls.ts";

async function check(...exchanges: RecordedExchange[]): Promise<CheckedExchange[]> {
  const all: CheckedExchange[] = [];
  for await (const one of checkRecording(exchanges)) all.push(one);
  return all;
}

test("a call that keeps the contract has no problems", async () => {
  const [checked] = await check(exchange());
  expect(checked).toEqual({
    method: "PUT",
    target: "/container_gateway/repository_list/",
    status: 200,
    request: [],
    reply: [],
  });
});

describe("a call that deviates is found", () => {
  test.each(Object.entries(DEVIATIONS))("%s", async (_, changes) => {
    const [checked] = await check(exchange(changes));
    expect(checked?.request).not.toEqual([]);
    expectPlaces(checked?.request ?? []);
  });

  test("with at most five problems of a body", async () => {
    const one = "repositories[][repository]=&repositories[][auth_required]=true";
    const [checked] = await check(exchange({ body: Array(50).fill(one).join("&") }));
    expect(checked?.request).toHaveLength(5);
  });
});

describe("a reply that deviates is found", () => {
  const reply = exchange().reply ?? { status: 0, headers: {}, text: "" };
  test.each<[string, RecordedExchange["reply"]]>([
    ["none", undefined],
    ["204", { ...reply, status: 204 }],
    ["a page of HTML", { ...reply, status: 500, headers: { "content-type": "text/html" }, text: "<html>" }],
    ["another body", { ...reply, text: "[]" }],
    ["a body that is no JSON", { ...reply, text: "OK" }],
  ])("%s", async (_, changed) => {
    const [checked] = await check(exchange({ reply: changed }));
    expect(checked?.reply).not.toEqual([]);
    if (changed !== undefined) expectPlaces(checked?.reply ?? []);
  });
});

describe("files", () => {
  const write = (name: string, text: string): string => {
    const file = join(testFolder(), name);
    writeFileSync(file, text);
    return file;
  };
  const headers = [{ name: "Content-Type", value: FORM }];
  const har = (content: object) => ({
    log: {
      version: "1.2",
      entries: [
        {
          request: { method: "PUT", url: to("/update_hosts/"), headers, postData: { text: "hosts" } },
          response: { status: 200, headers: [{ name: "X-Request-Id", value: "r" }], content },
        },
      ],
    },
  });
  const expected = {
    method: "PUT",
    url: to("/update_hosts/"),
    headers: { "content-type": FORM },
    body: "hosts",
    reply: { status: 200, headers: { "x-request-id": "r" }, text: "{}" },
  };

  test("HAR", () => {
    expect(readRecording(write("plain.har", JSON.stringify(har({ text: "{}" }))))).toEqual([expected]);
    const encoded = har({ text: Buffer.from("{}").toString("base64"), encoding: "base64" });
    expect(readRecording(write("base64.har", JSON.stringify(encoded)))).toEqual([expected]);
  });

  test("cassettes of VCR", () => {
    const cassette = `---
http_interactions:
- request:
    method: put
    uri: ${to("/update_hosts/")}
    body:
      encoding: UTF-8
      string: hosts
    headers:
      Content-Type:
      - ${FORM}
  response:
    status:
      code: 200
      message: OK
    headers:
      X-Request-Id:
      - r
    body:
      encoding: UTF-8
      base64_string: e30=
recorded_with: VCR 6.0.0
`;
    expect(readRecording(write("cassette.yml", cassette))).toEqual([expected]);
  });

  test.each([
    ["another document", "a: 1", /neither HAR \(log.entries\) nor a cassette/],
    ["no document", "{", /can't be read/],
    ["a HAR without entries", '{"log":{}}', /entries/],
  ])("%s is refused", (_, text, problem) => {
    expect(() => readRecording(write("other.yml", text))).toThrow(problem);
  });

  test("a missing file is refused", () => {
    expect(() => readRecording("/nonexistent.har")).toThrow(
      /the recording \/nonexistent.har can't be read: .*ENOENT/,
    );
  });
});
