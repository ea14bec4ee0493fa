/** Error that ends a command. Its message names the part that failed and the setting that helps; `cause` has the details. */
export class StartupError extends Error {}
