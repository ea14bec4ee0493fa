/** Types of the client, which `npm run generate` bundles. */
export * from "../client/browser.ts";
