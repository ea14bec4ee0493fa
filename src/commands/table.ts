/**
 * Table of all commands. A command is an entry in a file of `table/`, and a module that is loaded when it runs. The usage, the
 * man page and the completions of shells are made from the table.
 */
import type { Command } from "./command.ts";
import { CONTRACT_COMMANDS } from "./table/contract.ts";
import { GATEWAY } from "./table/gateway.ts";
import { OPERATION } from "./table/operation.ts";
import { PROGRAM } from "./table/program.ts";
import { SITE } from "./table/site.ts";

/** Commands by topic, in the order of the usage. */
export const GROUPS: readonly { readonly title: string; readonly commands: readonly Command[] }[] = [
  { title: "The gateway", commands: GATEWAY },
  { title: "The running gateway", commands: OPERATION },
  { title: "The site", commands: SITE },
  { title: "The contract", commands: CONTRACT_COMMANDS },
  { title: "This program", commands: PROGRAM },
];

/** All commands. */
export const COMMANDS: readonly Command[] = GROUPS.flatMap(({ commands }) => commands);

/** Returns the command of a name. */
export const commandOf = (name: string): Command | undefined =>
  COMMANDS.find((command) => command.name === name);
