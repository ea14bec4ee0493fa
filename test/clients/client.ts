/** Clients that are one program each and write only to their home. */
import { type Outcome, run } from "./command.ts";
import type { Home } from "./home.ts";
import { type Program, programPath } from "./program.ts";

/** Runs a command line of a client. */
export type Client = (args: readonly string[], input?: string) => Promise<Outcome>;

/** A client in a home. */
export const client =
  (name: Program) =>
  ({ env, folder }: Home): Client =>
  (args, input) =>
    run(programPath(name), args, { env, cwd: folder, ...(input === undefined ? {} : { input }) });

export const podman = client("podman");
export const skopeo = client("skopeo");
export const buildah = client("buildah");
