/** The API page in a browser: its credentials, its examples, and what it shows of a reply. */
import type { Locator, Page } from "playwright-core";

/** An example that was sent. */
export interface SentExample {
  /** Status of the reply; empty if the browser refused the reply. */
  readonly status: string;
  /** Body of the reply, or the error. */
  readonly body: string;
  /** The curl command that the page shows. */
  readonly command: string;
}

/** Opens the page at an address of a gateway, and waits until it shows the operations. */
export async function openApiPage(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/docs/`);
  await page.locator("#operations-operation-getHealth").waitFor();
}

/** Enters credentials of a scheme. */
export async function authorize(
  page: Page,
  scheme: string,
  fields: Readonly<Record<string, string>>,
): Promise<void> {
  await page.locator(".auth-wrapper > .authorize").click();
  const part = page.locator(".auth-container", { has: page.locator("h4 code", { hasText: scheme }) });
  for (const [label, value] of Object.entries(fields))
    await part.getByLabel(label, { exact: true }).fill(value);
  await part.getByRole("button", { name: "Apply credentials" }).click();
  await page.locator(".modal-ux .close-modal").click();
}

/** The part of the page about an operation. */
const blockOf = (page: Page, id: string): Locator => page.locator(`.opblock[id$="-${id}"]`);

/** Opens an operation that is closed, and waits until the page has resolved it; returns its part of the page. */
async function open(page: Page, id: string): Promise<Locator> {
  const block = blockOf(page, id);
  await block.locator(".opblock-summary-control").click();
  await block.locator(".responses-wrapper").waitFor();
  await block.locator(".opblock-loading-animation").waitFor({ state: "hidden" });
  return block;
}

const close = (block: Locator): Promise<void> => block.locator(".opblock-summary-control").click();

/** Ids of the operations that the page shows. */
export const shownOperations = (page: Page): Promise<string[]> =>
  page.evaluate("[...document.querySelectorAll('.opblock')].map(({ id }) => id.replace(/.*-/, ''))");

/** True if the page can send the example of an operation, which is closed. */
export async function isSendable(page: Page, id: string): Promise<boolean> {
  const block = await open(page, id);
  const buttons = await block.getByRole("button", { name: "Execute" }).count();
  await close(block);
  return buttons > 0;
}

/** Sends the example of an operation, which is closed, with other values of its parameters. */
export async function sendExample(
  page: Page,
  id: string,
  values: Readonly<Record<string, string>> = {},
): Promise<SentExample> {
  const block = await open(page, id);
  for (const [name, value] of Object.entries(values))
    await block.locator(`tr[data-param-name="${name}"] input`).fill(value);
  await block.getByRole("button", { name: "Execute" }).click();
  const reply = block.locator(".live-responses-table tbody .response");
  // Nothing is sent without the value of a required parameter.
  const problem = block.locator(".validation-errors li").first();
  await reply.or(problem).first().waitFor();
  if (await problem.isVisible()) throw new Error(`${id}: ${await problem.textContent()}`);
  const body = reply.locator(".highlight-code code");
  const described = (await body.count()) > 0 ? body : reply.locator(".response-col_description");
  const sent = {
    status: (await reply.locator(".response-col_status").textContent())?.trim() ?? "",
    body: (await described.textContent()) ?? "",
    command: (await block.locator(".curl-command code").first().textContent()) ?? "",
  };
  await close(block);
  return sent;
}
