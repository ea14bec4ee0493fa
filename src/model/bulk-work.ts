/** Work on so many bytes that the process may use more memory for it: a flow of content, or a large sync. */

/** Called when bulk work begins. @returns a function that ends it, and may be called several times */
export type BeginBulkWork = () => () => void;

/** Bulk work of a process that does not adapt to it. */
export const ignoreBulkWork: BeginBulkWork = () => () => undefined;
