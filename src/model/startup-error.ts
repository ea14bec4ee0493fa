/** Why a command can't go on, for the operator: which part it is, and the setting that helps. Its cause says the rest. */
export class StartupError extends Error {}
